//! Durations, sizes and addresses as a person writes them, in the config file and in flags alike.

use std::{fmt, net::SocketAddr, time::Duration};

use bytesize::ByteSize;
use jiff::SignedDuration;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use super::Provider;

/// Longest duration of a setting: beyond any use, and far from where adding it to a clock overflows.
const LONGEST: Duration = Duration::from_hours(366 * 24);

const DURATION: &str = "a duration like \"100ms\", \"10s\" or \"5m\"";
const SIZE: &str = "a size like \"64 KiB\" or \"256 MiB\"";
const ADDRESS: &str = "an address like \"127.0.0.1:12000\" or \"[::1]:12000\"";

/// A text that is not the value it stands for; its message says what would be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct InvalidValue {
    text: String,
    expected: &'static str,
}

impl InvalidValue {
    fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.to_owned(), expected }
    }
}

/// Reads a size in bytes: `4096`, `64 KiB` (1,024 each), `1 MB` (1,000,000).
pub fn size(text: &str) -> Result<u64, InvalidValue> {
    match text.parse() {
        Ok(ByteSize(bytes)) if bytes > 0 => Ok(bytes),
        Ok(_) | Err(_) => Err(InvalidValue::new(text, SIZE)),
    }
}

/// Reads an IP address with a port. Names are not resolved: a listener and its neighbours must mean the same address.
pub fn address(text: &str) -> Result<SocketAddr, InvalidValue> {
    text.parse().map_err(|_| InvalidValue::new(text, ADDRESS))
}

fn any_duration(text: &str) -> Result<Duration, InvalidValue> {
    let parsed = text.parse::<SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
    parsed.filter(|span| *span <= LONGEST).ok_or_else(|| InvalidValue::new(text, DURATION))
}

fn nonzero_duration(text: &str) -> Result<Duration, InvalidValue> {
    let span = any_duration(text)?;
    if span.is_zero() { Err(InvalidValue::new(text, "longer than nothing")) } else { Ok(span) }
}

pub(super) fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    from.deserialize_str(Text { parse: any_duration, expected: DURATION })
}

pub(super) fn positive_duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    from.deserialize_str(Text { parse: nonzero_duration, expected: DURATION })
}

pub(super) fn some_duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    duration(from).map(Some)
}

pub(super) fn positive_size<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64, Error: fmt::Display>,
{
    let bytes = from.deserialize_str(Text { parse: size, expected: SIZE })?;
    T::try_from(bytes).map_err(D::Error::custom)
}

pub(super) fn positive<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + PartialOrd + From<bool>,
{
    let count = T::deserialize(from)?;
    if count > T::from(false) { Ok(count) } else { Err(D::Error::custom("must be at least 1")) }
}

pub(super) fn provider<'de, D: Deserializer<'de>>(from: D) -> Result<Provider, D::Error> {
    from.deserialize_str(Text { parse: str::parse::<Provider>, expected: "a places provider like \"gazetteer\"" })
}

/// A value that stands in the file as a string.
struct Text<T, E> {
    parse: fn(&str) -> Result<T, E>,
    expected: &'static str,
}

impl<T, E: fmt::Display> Visitor<'_> for Text<T, E> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<F: Error>(self, text: &str) -> Result<T, F> {
        (self.parse)(text).map_err(F::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_a_person_writes_them() {
        for (text, ms) in [("100ms", 100), ("10s", 10_000), ("1.5s", 1500), ("5m", 300_000), ("1h 30m", 5_400_000)] {
            assert_eq!(any_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "10", "-1s", "10 parsecs", "10000h"] {
            assert!(any_duration(text).is_err(), "{text}");
        }
        assert!(nonzero_duration("0s").is_err());
    }

    #[test]
    fn sizes_are_positive_and_know_both_kinds_of_units() {
        assert_eq!(size("256 MiB"), Ok(256 << 20));
        assert_eq!(size("1MB"), Ok(1_000_000));
        assert_eq!(size("4096"), Ok(4096));
        for text in ["", "0", "-1", "x", "1 parsec"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_are_numbers() {
        assert!(address("[::1]:0").is_ok());
        assert!(address("localhost:12000").is_err());
    }
}
