use std::time::Duration;

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
        let (whole, fraction) = split_decimal(field)?;
        if whole.len() > 10 || fraction.is_some_and(|digits| digits.len() > 9) {
            return None;
        }
        let seconds = decimal(whole)?;
        let mut nanos = 0;
        if let Some(digits) = fraction {
            nanos = decimal(digits)?;
            for _ in digits.len()..9 {
                nanos *= 10;
            }
        }
        // Nine digits are below 10^9.
        Some(Self { seconds, nanos: u32::try_from(nanos).ok()? })
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

/// Splits `D+(.D+)?` at the point; the fraction is `None` when there is no point.
pub(super) fn split_decimal(field: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let whole = field.iter().position(|b| !b.is_ascii_digit()).unwrap_or(field.len());
    let (whole, rest) = field.split_at(whole);
    if whole.is_empty() {
        return None;
    }
    match rest {
        [] => Some((whole, None)),
        [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            Some((whole, Some(digits)))
        }
        _ => None,
    }
}

/// The value of up to 19 digits.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
}

/// Appends a number without leading zeros.
pub(super) fn write_decimal(mut value: u64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = ascii_digit(value % 10);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

fn write_nine_digits(mut value: u32, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 9];
    for digit in digits.iter_mut().rev() {
        *digit = ascii_digit(u64::from(value % 10));
        value /= 10;
    }
    out.extend_from_slice(&digits);
}

#[expect(clippy::cast_possible_truncation, reason = "callers pass a remainder of a division by ten")]
fn ascii_digit(value: u64) -> u8 {
    b'0' + value as u8
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
