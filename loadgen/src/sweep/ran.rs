use super::points::Point;
use crate::{
    result::{Quantile, RunResult, SweepRun},
    run::{Outcome, Pace},
};

/// The percentiles of a row, in parts of a million, with their names.
pub(super) const SHOWN: [(&str, u64); 4] = [("p50", 500_000), ("p90", 900_000), ("p99", 990_000), ("p99.9", 999_000)];

/// One run that was made, and its whole result. The histograms are kept in the result alone, packed: an outcome has
/// megabytes of them.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) point: Point,
    pub(super) seed: u64,
    pub(super) offered_per_s: f64,
    pub(super) throughput_per_s: f64,
    pub(super) percentiles: [Quantile; SHOWN.len()],
    pub(super) requests: u64,
    pub(super) failed: u64,
    /// What is to be known of it, in a word.
    pub(super) note: String,
    pub(super) is_convicted: bool,
    result: RunResult,
}

impl Ran {
    pub(super) fn new(point: Point, seed: u64, outcome: &Outcome) -> Self {
        Self {
            point,
            seed,
            offered_per_s: outcome.offered_per_s(),
            throughput_per_s: outcome.throughput_per_s(),
            percentiles: SHOWN.map(|(_, at)| outcome.intended.quantile(at)),
            requests: outcome.requests(),
            failed: outcome.faults().total(),
            note: note(outcome).to_owned(),
            is_convicted: outcome.verdict.is_convicted(),
            result: outcome.result(),
        }
    }

    /// The rate that was asked for; none in a closed loop.
    pub(super) fn rate_per_s(&self) -> Option<f64> {
        match self.point.pace {
            Pace::RatePerS(rate_per_s) => Some(rate_per_s),
            Pace::Closed => None,
        }
    }

    /// The run as `--json` writes it.
    pub(super) fn written(&self) -> SweepRun {
        SweepRun {
            rate_per_s: self.rate_per_s(),
            connections: self.point.connections,
            repetition: self.point.repetition,
            seed: self.seed,
            note: self.note.clone(),
            result: self.result.clone(),
        }
    }
}

fn note(outcome: &Outcome) -> &'static str {
    let verdict = &outcome.verdict;
    match (&verdict.overloaded, verdict.is_convicted(), verdict.interrupted, verdict.box_bound) {
        (_, true, _, _) => "GENERATOR",
        (Some(_), ..) => "OVERLOADED",
        (None, _, true, _) => "interrupted",
        (None, _, _, true) => "box-bound",
        (None, false, false, false) => "ok",
    }
}
