//! How far a kind of bytes goes, looked at eight at once as one word: a loop over bytes costs several times as much.

const HIGH_BITS: u64 = each_byte(0x80);

/// How many digits the bytes begin with.
pub(super) fn of_digits(bytes: &[u8]) -> usize {
    // Digits become 0 to 9. Adding 0x76 lifts all above to their high bit; one that has it already may carry, but only into
    // bytes that come after it.
    let others = |word: u64| {
        let word = word ^ each_byte(b'0');
        word.wrapping_add(each_byte(0x76)) | word
    };
    run(bytes, others, |byte| byte.is_ascii_digit())
}

/// How many bytes above the space the bytes begin with.
pub(super) fn above_space(bytes: &[u8]) -> usize {
    // Taking 0x21 from less sets the high bit and borrows, but only from bytes that come after it.
    let others = |word: u64| word.wrapping_sub(each_byte(b' ' + 1)) & !word;
    run(bytes, others, |byte| byte > b' ')
}

/// Counts the bytes before the first that `others` marks in its high bit, or that is not `one` of the kind.
fn run(bytes: &[u8], others: impl Fn(u64) -> u64, one: impl Fn(u8) -> bool) -> usize {
    let mut count = 0;
    while let Some(eight) = bytes.get(count..).and_then(<[u8]>::first_chunk) {
        let marks = others(u64::from_le_bytes(*eight)) & HIGH_BITS;
        if marks != 0 {
            return count + marks.trailing_zeros() as usize / 8;
        }
        count += eight.len();
    }
    while bytes.get(count).is_some_and(|byte| one(*byte)) {
        count += 1;
    }
    count
}

const fn each_byte(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn any_byte_ends_a_run_where_it_stands() {
        for end in 0..=u8::MAX {
            for start in 0..20 {
                let mut bytes = [b'7'; 20];
                bytes[start] = end;
                let digits = if end.is_ascii_digit() { 20 } else { start };
                let above_space_too = if end > b' ' { 20 } else { start };
                assert_eq!((of_digits(&bytes), above_space(&bytes)), (digits, above_space_too), "{end} at {start}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_run_is_as_long_as_byte_for_byte(bytes in proptest::collection::vec(
            prop_oneof![20 => b'0'..=b'9', 1 => Just(b' '), 1 => any::<u8>()],
            0..60,
        )) {
            let length = |one: fn(u8) -> bool| bytes.iter().take_while(|byte| one(**byte)).count();
            prop_assert_eq!(of_digits(&bytes), length(|byte| byte.is_ascii_digit()));
            prop_assert_eq!(above_space(&bytes), length(|byte| byte > b' '));
        }
    }
}
