use std::{fmt, str::FromStr};

use crate::run::{Measurement, Met, Threshold};

/// What a server must keep to, such as `p99<=50ms,errors<=0.1%`: all of the conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    conditions: Vec<Threshold>,
}

impl FromStr for Objective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let conditions = text.split(',').map(|condition| condition.trim().parse()).collect::<Result<_, _>>()?;
        Ok(Self { conditions })
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.conditions.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join(","))
    }
}

impl Objective {
    /// The smallest bound on latency at the 99th percentile or above it, or on its maximum, in µs: there stalls of the machine
    /// count as much as the server. None where nothing is bound there.
    #[must_use]
    pub fn tail_bound_us(&self) -> Option<f64> {
        self.conditions.iter().filter_map(Threshold::tail_bound_us).reduce(f64::min)
    }

    /// The smallest bound on any percentile of latency, or on its maximum, in µs.
    #[must_use]
    pub fn latency_bound_us(&self) -> Option<f64> {
        self.conditions.iter().filter_map(Threshold::latency_bound_us).reduce(f64::min)
    }

    /// Whether a run keeps to it. One broken condition decides, whatever cannot be told of the others.
    pub(super) fn is_met(&self, measurement: &Measurement) -> Met {
        if let Some(why) = &measurement.verdict.overloaded {
            return Met::No(format!("overloaded: {why}"));
        }
        let found = || self.conditions.iter().map(|condition| condition.is_met(measurement));
        if let Some(broken) = found().find(|met| matches!(met, Met::No(_))) {
            return broken;
        }
        found().find(|met| *met == Met::TooFew).unwrap_or(Met::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_stand_between_commas() {
        let objective: Objective = "p99<=50ms, errors<=0.1%".parse().unwrap();
        assert_eq!(objective.conditions.len(), 2);
        assert_eq!(objective.to_string(), "p99<=50ms,errors<=0.1%");
        assert_eq!(objective.tail_bound_us(), Some(50_000.0));
        let body: Objective = "p50<=2ms,p99>=1us,max<1s".parse().unwrap();
        assert_eq!((body.tail_bound_us(), body.latency_bound_us()), (Some(1e6), Some(2_000.0)));
        assert_eq!("errors<=0.1%".parse::<Objective>().unwrap().latency_bound_us(), None);
        for bad in ["", "p99<=50ms,", "p99"] {
            assert!(bad.parse::<Objective>().is_err(), "{bad}");
        }
    }
}
