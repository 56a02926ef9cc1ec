use std::time::Duration;

use serde::Serialize;

use super::{
    model::Model,
    reading::Reading,
    trial::{SILENT_EVERY, TIMEOUT, Trial},
};
use crate::{result::Quantile, run::Outcome};

/// The percentiles that are compared, as shares with their names; the maximum comes on top.
pub(super) const COMPARED: [(&str, f64); 3] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];
/// A percentile may be off by this share of its value, and by this share of the freeze if it lies in there: how many
/// requests fall into it, and which connections they meet, varies.
const OF_VALUE: f64 = 0.05;
const OF_FREEZE: f64 = 0.05;
/// The share of requests that fail may be off by this much.
const OF_FAILURES: f64 = 0.02;

/// One figure beside what it should be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Check {
    /// What is compared.
    pub(super) name: String,
    /// Both in the unit of the name: µs, or a share.
    pub(super) expected: f64,
    /// `null` where there are too few samples.
    pub(super) measured: Option<f64>,
    /// How far apart they may be; `null` where the expected value is a bound that the measured one must reach.
    pub(super) tolerance: Option<f64>,
    pub(super) passes: bool,
}

impl Check {
    fn within(name: &str, expected: f64, measured: Option<f64>, tolerance: f64) -> Self {
        let passes = measured.is_some_and(|measured| (measured - expected).abs() <= tolerance);
        Self { name: name.to_owned(), expected, measured, tolerance: Some(tolerance), passes }
    }

    fn at_least(name: &str, expected: f64, quantile: Quantile) -> Self {
        let measured = match quantile {
            Quantile::AtLeast(us) => Some(us),
            Quantile::Exactly(_) | Quantile::TooFew => None,
        };
        let passes = measured.is_some_and(|measured| measured >= expected);
        Self { name: name.to_owned(), expected, measured, tolerance: None, passes }
    }
}

/// A reading of the first part beside the closed form.
pub(super) fn frozen(trial: &Trial, model: &Model, reading: &Reading) -> Vec<Check> {
    let stall_us = trial.stall.as_secs_f64() * 1e6;
    let expected = COMPARED.map(|(name, share)| (name, model.quantile_s(share) * 1e6, 0.0));
    let all = expected.into_iter().chain([("max", model.max_s() * 1e6, stall_us)]);
    all.zip(reading.values)
        .map(|((name, expected_us, further_us), quantile)| {
            let tolerance_us = tolerance_us(trial, model, expected_us) + further_us;
            Check::within(&format!("{name}_us"), expected_us, quantile.exact_us(), tolerance_us)
        })
        .collect()
}

/// What a latency may be off, in µs.
fn tolerance_us(trial: &Trial, model: &Model, expected_us: f64) -> f64 {
    let longest_us = trial.services.iter().max().map_or(0.0, |service| service.as_secs_f64() * 1e6);
    let of_freeze_us = if expected_us > longest_us * 1.5 { model.freeze_s * 1e6 * OF_FREEZE } else { 0.0 };
    trial.grace.as_secs_f64() * 1e6 + expected_us * OF_VALUE + of_freeze_us
}

/// The second part: the failures are all there, and no percentile that they decide is a number.
pub(super) fn silent(trial: &Trial, outcome: &Outcome) -> Vec<Check> {
    let us = |duration: Duration| duration.as_secs_f64() * 1e6;
    let longer_us = us(trial.services[1]);
    let tolerance_us = us(trial.grace) + longer_us * OF_VALUE;
    let timed_out = outcome.faults().timed_out as f64 / outcome.requests().max(1) as f64;
    vec![
        Check::within("failed", 1.0 / f64::from(SILENT_EVERY), Some(timed_out), OF_FAILURES),
        Check::within("p50_us", longer_us, outcome.intended.quantile(500_000).exact_us(), tolerance_us),
        Check::at_least("p90_us", us(TIMEOUT), outcome.intended.quantile(900_000)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(us: [f64; 4]) -> Vec<bool> {
        let trial = Trial::whole();
        let model = trial.model(trial.freeze);
        let reading = Reading { name: "a test's", values: us.map(Quantile::Exactly) };
        frozen(&trial, &model, &reading).into_iter().map(|check| check.passes).collect()
    }

    #[test]
    fn what_is_expected_passes_and_what_a_closed_loop_sees_does_not() {
        let trial = Trial::whole();
        let model = trial.model(trial.freeze);
        let right = [0.5, 0.9, 0.99].map(|share| model.quantile_s(share) * 1e6);
        let max = model.max_s() * 1e6;
        assert_eq!(judged([right[0] + 900.0, right[1], right[2], max]), [true; 4]);
        // Of 5,000 requests 25 were written before the freeze ended.
        assert_eq!(judged([6_100.0, 6_300.0, 12_000.0, max]), [true, false, false, true]);
        assert_eq!(judged([7_400.0, right[1], right[2], max * 1.15]), [false, true, true, false]);
    }

    #[test]
    fn want_of_a_number_passes_nothing() {
        assert!(!Check::within("p50_us", 1.0, None, 9.0).passes);
        assert!(!Check::at_least("p90_us", 1.0, Quantile::Exactly(9.0)).passes);
        assert!(!Check::at_least("p90_us", 1.0, Quantile::AtLeast(0.5)).passes);
    }
}
