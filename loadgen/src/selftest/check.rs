use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use super::{
    model::Model,
    trial::{SILENT_EVERY, TIMEOUT, Trial},
};
use crate::{
    result::{Quantile, SecondRow},
    run::{Latencies, Measurement},
};

/// The percentiles that are compared, as shares with their names; the maximum comes on top.
const COMPARED: [(&str, f64); 3] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];
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
fn check_frozen(trial: &Trial, model: &Model, reading: &Reading) -> Vec<Check> {
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
fn check_silent(trial: &Trial, measurement: &Measurement) -> Vec<Check> {
    let us = |duration: Duration| duration.as_secs_f64() * 1e6;
    let longer_us = us(trial.services[1]);
    let tolerance_us = us(trial.grace) + longer_us * OF_VALUE;
    let timed_out = measurement.faults().timed_out as f64 / measurement.requests().max(1) as f64;
    vec![
        Check::within("failed", 1.0 / f64::from(SILENT_EVERY), Some(timed_out), OF_FAILURES),
        Check::within("p50_us", longer_us, measurement.intended.quantile(500_000).exact_us(), tolerance_us),
        Check::at_least("p90_us", us(TIMEOUT), measurement.intended.quantile(900_000)),
    ]
}

/// One way to read the answers of a run: its p50, p90, p99 and maximum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) name: &'static str,
    pub(super) values: [Quantile; COMPARED.len() + 1],
}

impl Reading {
    /// From the intended start, with what failed: as `loadgen run` reports it.
    pub(super) fn right(measurement: &Measurement) -> Self {
        Self { name: "from the intended start", values: of(&measurement.intended) }
    }

    /// From the writing: what a generator measures that waits for one reply before it sends the next request.
    pub(super) fn from_written(measurement: &Measurement) -> Self {
        Self { name: "from the writing (coordinated omission)", values: of(&measurement.written) }
    }

    /// Without what failed.
    pub(super) fn without_failures(measurement: &Measurement) -> Self {
        Self { name: "failures dropped", values: of(&measurement.intended.without_failures()) }
    }

    /// The mean of each second's percentile.
    pub(super) fn averaged(measurement: &Measurement) -> Self {
        let rows: Vec<SecondRow> = measurement.seconds().into_iter().filter(|row| row.due > 0).collect();
        let mean =
            |of: fn(&SecondRow) -> f64| Quantile::Exactly(rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64);
        let values = [mean(|row| row.p50_us), Quantile::TooFew, mean(|row| row.p99_us), mean(|row| row.max_us)];
        Self { name: "averaged over the seconds", values }
    }
}

fn of(latencies: &Latencies) -> [Quantile; COMPARED.len() + 1] {
    let [p50, p90, p99] = [500_000, 900_000, 990_000].map(|at| latencies.quantile(at));
    [p50, p90, p99, latencies.max()]
}

/// Which reading is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Judged {
    /// From the intended start.
    Intended,
    /// From the writing.
    Written,
}

/// What the test has come to.
pub(super) struct SelftestResult {
    pub(super) trial: Trial,
    /// How long the server was frozen.
    pub(super) freeze: Duration,
    pub(super) model: Model,
    /// The part with the freeze, and the part with unanswered requests.
    pub(super) frozen: Measurement,
    pub(super) silent: Measurement,
    pub(super) checks: Vec<Check>,
    pub(super) silent_checks: Vec<Check>,
    /// The same tolerances laid on the latency from the writing.
    pub(super) omitting: Vec<Check>,
}

impl SelftestResult {
    pub(super) fn of(trial: Trial, judged: Judged) -> anyhow::Result<Self> {
        let (frozen, freeze) = trial.frozen()?;
        let silent = trial.silent()?;
        let model = trial.model(freeze);
        let omitting = check_frozen(&trial, &model, &Reading::from_written(&frozen));
        let checks = match judged {
            Judged::Intended => check_frozen(&trial, &model, &Reading::right(&frozen)),
            Judged::Written => omitting.clone(),
        };
        let silent_checks = check_silent(&trial, &silent);
        Ok(Self { trial, freeze, model, frozen, silent, checks, silent_checks, omitting })
    }

    /// Whether the tolerances are narrow enough to fail a generator that counts from the writing.
    pub(super) fn can_fail(&self) -> bool {
        self.omitting.iter().any(|check| !check.passes)
    }

    /// Whether every figure is within its tolerance, no request failed in the first part, and a wrong reading would not
    /// have passed.
    pub(super) fn passes(&self) -> bool {
        let mut checks = self.checks.iter().chain(&self.silent_checks);
        checks.all(|check| check.passes) && self.frozen.faults().total() == 0 && self.can_fail()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(us: [f64; 4]) -> Vec<bool> {
        let trial = Trial::whole();
        let model = trial.model(trial.freeze);
        let reading = Reading { name: "a test's", values: us.map(Quantile::Exactly) };
        check_frozen(&trial, &model, &reading).into_iter().map(|check| check.passes).collect()
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
