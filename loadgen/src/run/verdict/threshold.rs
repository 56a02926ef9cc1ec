use std::{fmt, str::FromStr};

use crate::{
    result::{Percentiles, Quantile},
    run::Measurement,
    values,
};

/// A condition on the result under which a run counts as failed: `p99>20ms`, `errors>=0.1%`, `throughput<5000`.
///
/// Metrics: `p50 p75 p90 p99 p99.9 p99.99 max` (latency from the intended start, a duration), `errors` (failed requests,
/// a number or with `%` a share), `throughput` (right replies a second). A percentile for which there are too few samples
/// holds, and so does one that may lie beyond the bound because of failed requests: a gate must not open for want of
/// evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    text: String,
    metric: Metric,
    sign: Sign,
    bound: f64,
}

/// Whether a result keeps to an objective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    Yes,
    /// What was found instead, in words.
    No(String),
    /// Fewer samples than the percentile needs.
    TooFew,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metric {
    /// In parts of a million, with a bound in µs.
    Percentile(u64),
    Max,
    Errors,
    ErrorShare,
    Throughput,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("{text:?} is no condition such as p99>20ms or errors>0.1%: {what}");
        let at = text.find(['<', '>']).ok_or_else(|| wrong("no < or >"))?;
        let (name, rest) = (text[..at].trim(), &text[at..]);
        let (sign, bound) = [(">=", Sign::AtLeast), ("<=", Sign::AtMost), (">", Sign::Above), ("<", Sign::Below)]
            .into_iter()
            .find_map(|(word, sign)| Some((sign, rest.strip_prefix(word)?.trim())))
            .ok_or_else(|| wrong("no < or >"))?;
        let percentile =
            Percentiles::PER_MILLION.iter().find(|(known, _)| *known == name).map(|(_, at)| Metric::Percentile(*at));
        let number = |text: &str| text.parse::<f64>().map_err(|_| wrong("the bound is no number"));
        let (metric, bound) = match (name, percentile) {
            (_, Some(metric)) => (metric, values::duration(bound)?.as_secs_f64() * 1e6),
            ("max", _) => (Metric::Max, values::duration(bound)?.as_secs_f64() * 1e6),
            ("errors", _) => match bound.strip_suffix('%') {
                Some(percent) => (Metric::ErrorShare, number(percent)? / 100.0),
                None => (Metric::Errors, number(bound)?),
            },
            ("throughput", _) => (Metric::Throughput, values::rate(bound)?),
            (_, None) => return Err(wrong("metrics are p50 p75 p90 p99 p99.9 p99.99 max errors throughput")),
        };
        Ok(Self { text: text.to_owned(), metric, sign, bound })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// From here on the machine's own stalls decide, in parts of a million (METHOD 2.5).
const TAIL: u64 = 990_000;

impl Threshold {
    /// The most that a percentile from p99 on, or the maximum, may be by this condition, in µs; none for other conditions.
    pub(crate) fn tail_bound_us(&self) -> Option<f64> {
        let is_tail = match self.metric {
            Metric::Percentile(at) => at >= TAIL,
            Metric::Max => true,
            Metric::Errors | Metric::ErrorShare | Metric::Throughput => false,
        };
        self.latency_bound_us().filter(|_| is_tail)
    }

    /// The most that any percentile, or the maximum, may be by this condition, in µs; none for other conditions.
    pub(crate) fn latency_bound_us(&self) -> Option<f64> {
        let is_latency = match self.metric {
            Metric::Percentile(_) | Metric::Max => true,
            Metric::Errors | Metric::ErrorShare | Metric::Throughput => false,
        };
        match self.sign {
            Sign::Below | Sign::AtMost => is_latency.then_some(self.bound),
            Sign::Above | Sign::AtLeast => None,
        }
    }

    /// What was found, in words, where the condition holds.
    #[must_use]
    pub fn holds(&self, measurement: &Measurement) -> Option<String> {
        let (holds, found) = match self.metric {
            Metric::Percentile(at) => self.holds_for(measurement.intended.quantile(at)),
            Metric::Max => self.holds_for(measurement.intended.max()),
            Metric::Errors => self.compare(measurement.faults().total() as f64),
            Metric::ErrorShare => self.compare(measurement.failed_share()),
            Metric::Throughput => self.compare(measurement.throughput_per_s()),
        };
        holds.then(|| format!("{self} holds: {found}"))
    }

    /// Whether the result keeps to this, taken as an objective such as `p99<=50ms`. Failed requests that may lie on
    /// either side of a bound break it.
    pub(crate) fn is_met(&self, measurement: &Measurement) -> Met {
        let (is_met, found) = match self.metric {
            Metric::Percentile(at) => return self.is_met_by(measurement.intended.quantile(at)),
            Metric::Max => return self.is_met_by(measurement.intended.max()),
            Metric::Errors => self.compare(measurement.faults().total() as f64),
            Metric::ErrorShare => self.compare(measurement.failed_share()),
            Metric::Throughput => self.compare(measurement.throughput_per_s()),
        };
        if is_met { Met::Yes } else { Met::No(format!("{self} is not met: {found}")) }
    }

    fn is_met_by(&self, quantile: Quantile) -> Met {
        let (is_met, found) = match (quantile, self.sign) {
            (Quantile::TooFew, _) => return Met::TooFew,
            (Quantile::Exactly(us), _) => (self.compare(us).0, format!("{us:.1} µs")),
            (Quantile::AtLeast(us), Sign::Above | Sign::AtLeast) => {
                (self.compare(us).0, format!("at least {us:.1} µs"))
            }
            (Quantile::AtLeast(us), Sign::Below | Sign::AtMost) => (false, format!("at least {us:.1} µs")),
        };
        if is_met { Met::Yes } else { Met::No(format!("{self} is not met: {found}")) }
    }

    fn compare(&self, found: f64) -> (bool, String) {
        let holds = match self.sign {
            Sign::Above => found > self.bound,
            Sign::AtLeast => found >= self.bound,
            Sign::Below => found < self.bound,
            Sign::AtMost => found <= self.bound,
        };
        (holds, format!("{found:.3}"))
    }

    fn holds_for(&self, quantile: Quantile) -> (bool, String) {
        match quantile {
            Quantile::TooFew => (true, "too few samples to say otherwise".to_owned()),
            Quantile::Exactly(us) => (self.compare(us).0, format!("{us:.1} µs")),
            Quantile::AtLeast(us) => match self.sign {
                // It may be anything above.
                Sign::Above | Sign::AtLeast => (true, format!("at least {us:.1} µs, as requests failed")),
                Sign::Below | Sign::AtMost => (self.compare(us).0, format!("at least {us:.1} µs")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Threshold {
        text.parse().unwrap()
    }

    #[test]
    fn conditions_read() {
        assert_eq!(read("p99>20ms").metric, Metric::Percentile(990_000));
        assert!((read("p99.9 >= 1s").bound - 1e6).abs() < 1e-6);
        assert_eq!(read("errors>0.1%").metric, Metric::ErrorShare);
        assert_eq!(read("errors>0").metric, Metric::Errors);
        assert_eq!(read("throughput<5k/s").sign, Sign::Below);
        for bad in ["p99", "p98>1ms", "p99>x", "errors>", "p99=3ms"] {
            assert!(bad.parse::<Threshold>().is_err(), "{bad}");
        }
    }

    #[test]
    fn want_of_evidence_opens_no_gate() {
        let gate = read("p99>20ms");
        assert!(gate.holds_for(Quantile::TooFew).0);
        assert!(gate.holds_for(Quantile::AtLeast(5_000.0)).0);
        assert!(!gate.holds_for(Quantile::Exactly(20_000.0)).0);
        assert!(gate.holds_for(Quantile::Exactly(20_001.0)).0);
    }

    #[test]
    fn an_objective_is_met_by_evidence_alone() {
        let objective = read("p99<=20ms");
        assert_eq!(objective.is_met_by(Quantile::TooFew), Met::TooFew);
        assert_eq!(objective.is_met_by(Quantile::Exactly(20_000.0)), Met::Yes);
        assert!(matches!(objective.is_met_by(Quantile::Exactly(20_001.0)), Met::No(_)));
        assert!(matches!(objective.is_met_by(Quantile::AtLeast(5_000.0)), Met::No(_)));
    }
}
