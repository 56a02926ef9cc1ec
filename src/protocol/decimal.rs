/// A run of digits, read in one pass: most of what a server spends on an update is spent on digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    /// How many there are, from 1 to 19.
    pub(super) count: usize,
    /// The number that they write.
    pub(super) value: u64,
}

/// A number of the form `D+(.D+)?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    /// What stands before the point.
    pub(super) whole: Digits,
    /// What stands after it; `None` when there is no point.
    pub(super) fraction: Option<Digits>,
}

impl Digits {
    /// More might not fit into 64 bits; the protocol never takes as many.
    const MAX: usize = 19;

    /// Reads `D{1,19}`.
    pub(super) fn parse(field: &[u8]) -> Option<Self> {
        let (digits, rest) = Self::leading(field)?;
        rest.is_empty().then_some(digits)
    }

    /// The digits that the bytes begin with, and what follows them.
    fn leading(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (mut count, mut value) = (0, 0_u64);
        for byte in bytes {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            // Wraps only where there are too many digits.
            value = value.wrapping_mul(10).wrapping_add(digit.into());
            count += 1;
        }
        (1..=Self::MAX).contains(&count).then_some((Self { count, value }, &bytes[count..]))
    }
}

impl Decimal {
    /// Reads up to 19 digits on either side of the point.
    pub(super) fn parse(field: &[u8]) -> Option<Self> {
        let (decimal, rest) = Self::leading(field)?;
        rest.is_empty().then_some(decimal)
    }

    /// The number that the bytes begin with, and what follows it.
    pub(super) fn leading(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (whole, rest) = Digits::leading(bytes)?;
        let [b'.', rest @ ..] = rest else { return Some((Self { whole, fraction: None }, rest)) };
        let (fraction, rest) = Digits::leading(rest)?;
        Some((Self { whole, fraction: Some(fraction) }, rest))
    }

    /// Whether there are at most this many digits before the point, and after it.
    pub(super) fn has_at_most(&self, whole: usize, fraction: usize) -> bool {
        self.whole.count <= whole && self.fraction.is_none_or(|digits| digits.count <= fraction)
    }

    /// Whether the number is at most `limit`. Decided on the digits: as floats, 90.000000000000001 and 90 are the same.
    pub(super) fn is_at_most(&self, limit: u64) -> bool {
        let no_fraction = self.fraction.is_none_or(|digits| digits.value == 0);
        self.whole.value < limit || (self.whole.value == limit && no_fraction)
    }
}

/// Appends a number without leading zeros.
pub(super) fn write_decimal(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_and_nothing_else_are_read() {
        assert_eq!(Digits::parse(b"0070"), Some(Digits { count: 4, value: 70 }));
        assert_eq!(Digits::parse(b"9999999999999999999").map(|digits| digits.value), Some(9_999_999_999_999_999_999));
        for bad in ["", " 1", "1 ", "+1", "1.0", "1/", "1:", "00000000000000000000", "18446744073709551617"] {
            assert_eq!(Digits::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_decimal_has_digits_on_both_sides_of_its_point() {
        let decimal = Decimal::parse(b"90.05").unwrap();
        assert_eq!(decimal.whole, Digits { count: 2, value: 90 });
        assert_eq!(decimal.fraction, Some(Digits { count: 2, value: 5 }));
        assert_eq!(Decimal::parse(b"90").unwrap().fraction, None);
        for bad in ["", ".", ".5", "1.", "1.5.", "1,5", "1.00000000000000000000", "00000000000000000000.1"] {
            assert_eq!(Decimal::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_limit_is_exact() {
        let at_most_90 = |text: &str| Decimal::parse(text.as_bytes()).unwrap().is_at_most(90);
        assert!(at_most_90("89.999999999999999") && at_most_90("90") && at_most_90("90.000") && at_most_90("090"));
        assert!(!at_most_90("90.000000000000001") && !at_most_90("91"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in 0..=9_999_999_999_999_999_999_u64, nanos in 0..1_000_000_000_u32) {
            let mut out = Vec::new();
            write_decimal(value, &mut out);
            write!(out, ".{nanos:09}").unwrap();
            let decimal = Decimal::parse(&out).unwrap();
            prop_assert_eq!(decimal.whole, Digits { count: value.to_string().len(), value });
            prop_assert_eq!(decimal.fraction, Some(Digits { count: 9, value: nanos.into() }));
        }
    }
}
