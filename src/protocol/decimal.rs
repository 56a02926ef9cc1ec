use super::run;

/// A run of digits, never empty. What it says is read only where it counts: most digits of a location are just counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits<'a>(&'a [u8]);

/// A number of the form `D+(.D+)?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    /// What stands before the point.
    pub(super) whole: Digits<'a>,
    /// What stands after it; `None` when there is no point.
    pub(super) fraction: Option<Digits<'a>>,
}

impl<'a> Digits<'a> {
    /// Reads `D{1,MAX}`.
    pub(super) fn parse<const MAX: usize>(field: &'a [u8]) -> Option<Self> {
        let (digits, rest) = Self::leading::<MAX>(field)?;
        rest.is_empty().then_some(digits)
    }

    /// The form `D{1,MAX}` that the bytes begin with, and what follows it.
    fn leading<const MAX: usize>(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        // What more digits write might not fit into 64 bits.
        const { assert!(MAX <= 19) };
        let (digits, rest) = bytes.split_at(run::of_digits(bytes));
        (1..=MAX).contains(&digits.len()).then_some((Self(digits), rest))
    }

    /// How many there are.
    pub(super) fn count(self) -> usize {
        self.0.len()
    }

    /// The number that they write.
    pub(super) fn value(self) -> u64 {
        let (eights, rest) = self.0.as_chunks();
        let value = eights.iter().fold(0, |value, eight| value * 100_000_000 + value_of_eight(*eight));
        rest.iter().fold(value, |value, digit| value * 10 + u64::from(digit - b'0'))
    }

    fn are_zeros(self) -> bool {
        self.0.iter().all(|digit| *digit == b'0')
    }
}

/// The number that eight digits write, read as one word: pairs of them are added up, then pairs of pairs.
fn value_of_eight(digits: [u8; 8]) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let digits = u64::from_le_bytes(digits) ^ 0x3030_3030_3030_3030;
    // Every second byte now is ten times a digit and the next one. The first byte of a word is the lowest, and counts most.
    let pairs = digits * 10 + (digits >> 8);
    let (odd, even) = (pairs & PAIRS, (pairs >> 16) & PAIRS);
    odd.wrapping_mul(100 + (1_000_000 << 32)).wrapping_add(even.wrapping_mul(1 + (10_000 << 32))) >> 32
}

impl<'a> Decimal<'a> {
    /// Reads `D{1,WHOLE}(.D{1,FRACTION})?`.
    pub(super) fn parse<const WHOLE: usize, const FRACTION: usize>(field: &'a [u8]) -> Option<Self> {
        let (decimal, rest) = Self::leading::<WHOLE, FRACTION>(field)?;
        rest.is_empty().then_some(decimal)
    }

    /// The form `D{1,WHOLE}(.D{1,FRACTION})?` that the bytes begin with, and what follows it.
    pub(super) fn leading<const WHOLE: usize, const FRACTION: usize>(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (whole, rest) = Digits::leading::<WHOLE>(bytes)?;
        let [b'.', rest @ ..] = rest else { return Some((Self { whole, fraction: None }, rest)) };
        let (fraction, rest) = Digits::leading::<FRACTION>(rest)?;
        Some((Self { whole, fraction: Some(fraction) }, rest))
    }

    /// Whether the number is at most `limit`, which has as many digits as the whole part may have. Decided on the digits:
    /// as floats, 90.000000000000001 and 90 are the same.
    pub(super) fn is_at_most<const WHOLE: usize>(&self, limit: &[u8; WHOLE]) -> bool {
        // Of two numbers with as many digits, the bytes are in the same order; one with fewer is less.
        let Ok(whole) = <&[u8; WHOLE]>::try_from(self.whole.0) else { return true };
        whole < limit || (whole == limit && self.fraction.is_none_or(Digits::are_zeros))
    }
}

/// Appends a number without leading zeros.
pub(super) fn write_decimal(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a number below 1,000,000,000 with as many leading zeros as it takes to nine digits.
pub(super) fn write_nine_digits(number: u32, out: &mut Vec<u8>) {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = eight_digits(number % 100_000_000);
    out.extend_from_slice(&[b'0' + (number / 100_000_000) as u8, b0, b1, b2, b3, b4, b5, b6, b7]);
}

/// Writes a number below 100,000,000 as one word: its halves are taken apart, then pairs of digits.
fn eight_digits(number: u32) -> [u8; 8] {
    let number = u64::from(number);
    let halves = (number / 10_000) | ((number % 10_000) << 32);
    // These factors divide four digits by 100, and two by 10, without an error.
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | ((halves - hundreds * 100) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | ((pairs - tens * 10) << 8);
    (digits | 0x3030_3030_3030_3030).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_and_nothing_else_are_read() {
        assert_eq!(Digits::parse::<19>(b"0070").map(|digits| (digits.count(), digits.value())), Some((4, 70)));
        assert_eq!(Digits::parse::<19>(b"9999999999999999999").map(Digits::value), Some(9_999_999_999_999_999_999));
        for bad in ["", " 1", "1 ", "+1", "1.0", "1/", "1:", "00000000000000000000", "18446744073709551617"] {
            assert_eq!(Digits::parse::<19>(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_decimal_has_digits_on_both_sides_of_its_point() {
        let decimal = Decimal::parse::<19, 19>(b"90.05").unwrap();
        assert_eq!((decimal.whole.count(), decimal.whole.value()), (2, 90));
        assert_eq!(decimal.fraction.map(|digits| (digits.count(), digits.value())), Some((2, 5)));
        assert_eq!(Decimal::parse::<19, 19>(b"90").unwrap().fraction, None);
        for bad in ["", ".", ".5", "1.", "1.5.", "1,5", "1.00000000000000000000", "00000000000000000000.1"] {
            assert_eq!(Decimal::parse::<19, 19>(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_limit_is_exact() {
        let at_most_90 = |text: &str| Decimal::parse::<2, 19>(text.as_bytes()).unwrap().is_at_most(b"90");
        assert!(at_most_90("89.999999999999999") && at_most_90("90") && at_most_90("90.000") && at_most_90("9.1"));
        assert!(!at_most_90("90.000000000000001") && !at_most_90("91"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in 0..=9_999_999_999_999_999_999_u64, nanos in 0..1_000_000_000_u32) {
            let mut out = Vec::new();
            write_decimal(value, &mut out);
            out.push(b'.');
            write_nine_digits(nanos, &mut out);
            prop_assert_eq!(str::from_utf8(&out).unwrap(), format!("{value}.{nanos:09}"));
            let decimal = Decimal::parse::<19, 19>(&out).unwrap();
            prop_assert_eq!((decimal.whole.count(), decimal.whole.value()), (value.to_string().len(), value));
            let fraction = decimal.fraction.map(|digits| (digits.count(), digits.value()));
            prop_assert_eq!(fraction, Some((9, nanos.into())));
        }
    }
}
