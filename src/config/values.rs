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

/// Shortest drain: a server killed before it has said farewell was not drained.
const SHORTEST_DRAIN: Duration = Duration::from_secs(1);

/// Least size of a rotated journal: a chunk of its writer fits.
const LEAST_JOURNAL: u64 = 64 << 10;

/// Longest body of a places provider: a real one is some 100 KB, and each call in flight may hold one.
const LONGEST_BODY: u64 = 64 << 20;

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
fn size(text: &str) -> Result<u64, InvalidValue> {
    match text.parse() {
        Ok(ByteSize(bytes)) if bytes > 0 => Ok(bytes),
        Ok(_) | Err(_) => Err(InvalidValue::new(text, SIZE)),
    }
}

/// Reads the size at which a journal is rotated: at least 64 KiB.
pub fn journal_size(text: &str) -> Result<u64, InvalidValue> {
    let bytes = size(text)?;
    if bytes >= LEAST_JOURNAL { Ok(bytes) } else { Err(InvalidValue::new(text, "a size of at least 64 KiB")) }
}

fn body_size(text: &str) -> Result<u64, InvalidValue> {
    let bytes = size(text)?;
    if bytes <= LONGEST_BODY { Ok(bytes) } else { Err(InvalidValue::new(text, "a size of at most 64 MiB")) }
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

fn drain_duration(text: &str) -> Result<Duration, InvalidValue> {
    let span = any_duration(text)?;
    if span >= SHORTEST_DRAIN { Ok(span) } else { Err(InvalidValue::new(text, "a duration of at least 1 s")) }
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

pub(super) fn drain<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    from.deserialize_str(Text { parse: drain_duration, expected: DURATION })
}

pub(super) fn max_body<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let bytes = from.deserialize_str(Text { parse: body_size, expected: SIZE })?;
    usize::try_from(bytes).map_err(D::Error::custom)
}

pub(super) fn journal_max_bytes<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    from.deserialize_str(Text { parse: journal_size, expected: SIZE })
}

pub(super) fn positive<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + PartialOrd + From<bool>,
{
    let count = T::deserialize(from)?;
    if count > T::from(false) { Ok(count) } else { Err(D::Error::custom("must be at least 1")) }
}

/// A count from `LEAST` to `MOST`: beyond, what it bounds could not be allocated, and the process would abort.
pub(super) fn count<'de, D, const LEAST: usize, const MOST: usize>(from: D) -> Result<usize, D::Error>
where
    D: Deserializer<'de>,
{
    match usize::deserialize(from)? {
        count if count < LEAST => Err(D::Error::custom(format_args!("must be at least {LEAST}"))),
        count if count > MOST => Err(D::Error::custom(format_args!("must be at most {MOST}"))),
        count => Ok(count),
    }
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
    fn values_end_where_a_server_could_not_keep_them() {
        assert_eq!(journal_size("64 KiB"), Ok(64 << 10));
        assert!(journal_size("65535").is_err());
        assert_eq!(body_size("64 MiB"), Ok(64 << 20));
        assert!(body_size("64.1 MiB").is_err());
        assert_eq!(drain_duration("1s"), Ok(Duration::from_secs(1)));
        assert!(drain_duration("999ms").is_err());
    }

    #[test]
    fn addresses_are_numbers() {
        assert!(address("[::1]:0").is_ok());
        assert!(address("localhost:12000").is_err());
    }
}
