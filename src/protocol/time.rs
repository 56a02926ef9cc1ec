use std::time::Duration;

use super::decimal::{Decimal, write_decimal, write_nine_digits};

/// What the last of so many decimals of a second counts.
const NANOS_OF_DIGIT: [u64; 10] =
    [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// A POSIX time, exact to the nanosecond; it never passes through a float (PROTOCOL 2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Whole seconds since 1970-01-01 00:00 UTC.
    pub seconds: u64,
    /// Nanoseconds within the second, below 1,000,000,000.
    pub nanos: u32,
}

impl Time {
    /// Reads `D{1,10}(.D{1,9})?`.
    #[must_use]
    pub fn parse(field: &[u8]) -> Option<Self> {
        let (time, rest) = Self::leading(field)?;
        rest.is_empty().then_some(time)
    }

    /// The time that the bytes begin with, and what follows it.
    pub(super) fn leading(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (decimal, rest) = Decimal::leading::<10, 9>(bytes)?;
        let nanos = decimal.fraction.map_or(0, |digits| digits.value() * NANOS_OF_DIGIT[digits.count()]);
        // Nine digits are below 10^9.
        Some((Self { seconds: decimal.whole.value(), nanos: u32::try_from(nanos).ok()? }, rest))
    }

    /// The time this long after 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn from_unix(since: Duration) -> Self {
        Self { seconds: since.as_secs(), nanos: since.subsec_nanos() }
    }

    /// The time `span` later, or the last one there is.
    #[must_use]
    pub fn saturating_add(self, span: Duration) -> Self {
        Self::from_unix(Duration::new(self.seconds, self.nanos).saturating_add(span))
    }

    /// Appends `self - then` in seconds: always a sign, exactly nine decimals (PROTOCOL 2.5).
    pub fn write_difference(self, then: Self, out: &mut Vec<u8>) {
        let (sign, later, earlier) = if self < then { (b'-', then, self) } else { (b'+', self, then) };
        let mut seconds = later.seconds - earlier.seconds;
        let nanos = if later.nanos >= earlier.nanos {
            later.nanos - earlier.nanos
        } else {
            // `later` is later, so with fewer nanoseconds it has more seconds.
            seconds -= 1;
            later.nanos + 1_000_000_000 - earlier.nanos
        };
        out.push(sign);
        write_decimal(seconds, out);
        out.push(b'.');
        write_nine_digits(nanos, out);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn difference(now: &str, then: &str) -> String {
        let (now, then) = (Time::parse(now.as_bytes()).unwrap(), Time::parse(then.as_bytes()).unwrap());
        let mut out = Vec::new();
        now.write_difference(then, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_grammar_takes_plain_decimals_only() {
        assert_eq!(Time::parse(b"1520023934.918963997"), Some(Time { seconds: 1_520_023_934, nanos: 918_963_997 }));
        assert_eq!(Time::parse(b"0"), Some(Time::default()));
        assert_eq!(Time::parse(b"7.5"), Some(Time { seconds: 7, nanos: 500_000_000 }));
        assert_eq!(Time::parse(b"0000000001.000000001"), Some(Time { seconds: 1, nanos: 1 }));
        for bad in ["", ".5", "1.", "+1", "-1", "1e3", "nan", "inf", "1.2.3", "12345678901", "1.1234567890", "1 "] {
            assert_eq!(Time::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn differences_are_exact_and_signed() {
        assert_eq!(difference("1520023934.918963997", "1520023934.918963997"), "+0.000000000");
        assert_eq!(difference("1520023935.182837383", "1520023934.918963997"), "+0.263873386");
        assert_eq!(difference("1", "1.000000001"), "-0.000000001");
        assert_eq!(difference("0", "9999999999.999999999"), "-9999999999.999999999");
    }

    proptest! {
        #[test]
        fn a_difference_is_the_same_as_in_128_bits(
            now in (0..10_000_000_000_u64, 0..1_000_000_000_u32),
            then in (0..10_000_000_000_u64, 0..1_000_000_000_u32),
        ) {
            let nanos = |(seconds, nanos): (u64, u32)| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
            let exact = nanos(now) - nanos(then);
            let expected = format!(
                "{}{}.{:09}",
                if exact < 0 { '-' } else { '+' },
                exact.abs() / 1_000_000_000,
                exact.abs() % 1_000_000_000
            );
            let mut out = Vec::new();
            Time { seconds: now.0, nanos: now.1 }
                .write_difference(Time { seconds: then.0, nanos: then.1 }, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
