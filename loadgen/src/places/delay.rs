use std::{f64::consts::TAU, fmt, str::FromStr, time::Duration};

use anyhow::{Context, bail, ensure};
use fastrand::Rng;

/// Longest delay: whoever waits for longer has given up.
const MAX: Duration = Duration::from_mins(10);
const GRAMMAR: &str = "50ms, exp:50ms, uniform:10ms..90ms or normal:50ms,10ms";

/// How long a request waits for its answer, as a distribution. What is drawn lies between 0 and 10 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// Always the same.
    Constant(Duration),
    /// Exponential, of this mean.
    Exponential(Duration),
    /// As likely anywhere from the first to the second.
    Uniform(Duration, Duration),
    /// Normal, of this mean and standard deviation; what would be negative is 0.
    Normal(Duration, Duration),
}

impl Delay {
    /// Draws the delay of one request.
    pub(super) fn draw(&self, rng: &mut Rng) -> Duration {
        let drawn_s = match self {
            Self::Constant(delay) => return *delay,
            Self::Exponential(mean) => -mean.as_secs_f64() * positive(rng).ln(),
            Self::Uniform(from, to) => from.as_secs_f64() + to.saturating_sub(*from).as_secs_f64() * rng.f64(),
            Self::Normal(mean, deviation) => mean.as_secs_f64() + deviation.as_secs_f64() * standard_normal(rng),
        };
        Duration::try_from_secs_f64(drawn_s.max(0.0)).map_or(MAX, |delay| delay.min(MAX))
    }
}

/// Uniform from just above 0 to 1, so that it has a logarithm.
fn positive(rng: &mut Rng) -> f64 {
    1.0 - rng.f64()
}

/// Box and Muller's transform of two uniform numbers.
fn standard_normal(rng: &mut Rng) -> f64 {
    (-2.0 * positive(rng).ln()).sqrt() * (TAU * rng.f64()).cos()
}

impl FromStr for Delay {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let Some((kind, numbers)) = text.split_once(':') else { return Ok(Self::Constant(duration(text)?)) };
        match kind {
            "exp" => Ok(Self::Exponential(duration(numbers)?)),
            "uniform" => {
                let (from, to) = pair(numbers, "..")?;
                ensure!(from <= to, "{text:?} ends before it begins");
                Ok(Self::Uniform(from, to))
            }
            "normal" => pair(numbers, ",").map(|(mean, deviation)| Self::Normal(mean, deviation)),
            _ => bail!("{text:?} is no delay such as {GRAMMAR}"),
        }
    }
}

fn pair(text: &str, separator: &str) -> anyhow::Result<(Duration, Duration)> {
    let (first, second) =
        text.split_once(separator).with_context(|| format!("{text:?} is not two durations with {separator:?}"))?;
    Ok((duration(first)?, duration(second)?))
}

fn duration(text: &str) -> anyhow::Result<Duration> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let per_unit_s = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        _ => bail!("{text:?} is no duration; write a number and us, ms or s, as in {GRAMMAR}"),
    };
    let seconds = number.parse::<f64>().with_context(|| format!("{number:?} is no number"))? * per_unit_s;
    let duration = Duration::try_from_secs_f64(seconds).with_context(|| format!("{text:?} is no time to wait"))?;
    ensure!(duration <= MAX, "{text:?} is longer than the longest delay, {MAX:?}");
    Ok(duration)
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(delay) => write!(f, "{delay:?}"),
            Self::Exponential(mean) => write!(f, "exp:{mean:?}"),
            Self::Uniform(from, to) => write!(f, "uniform:{from:?}..{to:?}"),
            Self::Normal(mean, deviation) => write!(f, "normal:{mean:?},{deviation:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: u32 = 20_000;

    fn drawn(text: &str) -> Vec<f64> {
        let (delay, mut rng) = (text.parse::<Delay>().unwrap(), Rng::with_seed(7));
        (0..DRAWS).map(|_| delay.draw(&mut rng).as_secs_f64() * 1e3).collect()
    }

    fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
        (mean, variance.sqrt())
    }

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        // Expected mean and deviation in ms; the mean of 20,000 draws strays by 0.35 ms for the widest of these.
        for (text, mean, deviation) in [
            ("50ms", 50.0, 0.0),
            ("exp:50ms", 50.0, 50.0),
            ("uniform:10ms..90ms", 50.0, 80.0 / 12.0_f64.sqrt()),
            ("normal:0.05s,10000us", 50.0, 10.0),
        ] {
            let (got_mean, got_deviation) = mean_and_deviation(&drawn(text));
            assert!((got_mean - mean).abs() < 1.5, "{text}: mean {got_mean}");
            assert!((got_deviation - deviation).abs() < 2.5, "{text}: deviation {got_deviation}");
        }
        assert!(drawn("uniform:10ms..90ms").iter().all(|ms| (10.0..=90.0).contains(ms)));
        assert!(drawn("normal:0s,10ms").contains(&0.0), "what would be negative is 0");
    }

    #[test]
    fn what_is_no_delay_is_refused() {
        for text in [
            "",
            "5",
            "ms",
            "-1ms",
            "5min",
            "nan s",
            "infs",
            "601s",
            "exp:",
            "uniform:2ms..1ms",
            "uniform:1ms",
            "zipf:1s",
        ] {
            assert!(text.parse::<Delay>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read() {
        for text in ["50ms", "exp:1.5s", "uniform:10ms..90ms", "normal:50ms,10ms"] {
            assert_eq!(text.parse::<Delay>().unwrap().to_string(), text);
        }
    }
}
