//! Values of the command line, each with what is wrong in words when it is.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    ops::RangeInclusive,
    time::Duration,
};

/// `250us`, `20ms`, `10s`, `2m`, `1h`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration such as 250us, 20ms, 10s or 2m");
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())
}

/// `500`, `500/s`, `2.5k`, `1M/s`: requests a second.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let wrong = || format!("{text:?} is no rate such as 500, 2.5k/s or 1M");
    let bare = text.strip_suffix("/s").unwrap_or(text);
    let (number, factor) = match bare.as_bytes().last() {
        Some(b'k' | b'K') => (&bare[..bare.len() - 1], 1e3),
        Some(b'M') => (&bare[..bare.len() - 1], 1e6),
        Some(_) | None => (bare, 1.0),
    };
    let rate = number.parse::<f64>().map_err(|_| wrong())? * factor;
    if rate.is_finite() && rate > 0.0 {
        Ok(rate)
    } else {
        Err(format!("a rate of {text} sends nothing; give one above 0, or --closed for a closed loop"))
    }
}

/// `5` or `1..20`, both ends included.
pub(crate) fn range(text: &str) -> Result<RangeInclusive<u32>, String> {
    let wrong = || format!("{text:?} is no range such as 5 or 1..20");
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    Ok(first.parse().map_err(|_| wrong())?..=last.parse().map_err(|_| wrong())?)
}

/// `HOST:PORT`.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let found =
        text.to_socket_addrs().map_err(|error| format!("{text:?} is no address such as 127.0.0.1:12000: {error}"));
    found?.next().ok_or_else(|| format!("{text:?} has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("250us"), Ok(Duration::from_micros(250)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1_500)));
        assert_eq!(duration("2m"), Ok(Duration::from_mins(2)));
        assert_eq!(duration("3"), Ok(Duration::from_secs(3)));
        for bad in ["", "s", "-1s", "1 s", "1x", "1e400"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rates_are_above_zero() {
        assert_eq!(rate("2.5k/s"), Ok(2_500.0));
        assert_eq!(rate("1M"), Ok(1e6));
        for bad in ["0", "0/s", "-5", "nan", "inf", "", "k", "/s"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
        assert!(rate("0").unwrap_err().contains("sends nothing"));
    }

    #[test]
    fn ranges_read() {
        assert_eq!(range("1..20"), Ok(1..=20));
        assert_eq!(range("5"), Ok(5..=5));
        assert!(range("..").is_err());
    }
}
