use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::points::Point;
use crate::{
    output::ProgressLine,
    result::{Quantile, RunResult, SweepRun},
    run::{LiveFigures, LoadArgs, Measurement, Pace, Plan, run, show_progress},
};

/// How often a drain looks whether it is interrupted.
const LOOK: Duration = Duration::from_millis(20);

/// Makes runs one after the other, with a drain between them, and keeps what came of each.
pub(super) struct Runner<'a> {
    load: &'a LoadArgs,
    interrupt: &'a AtomicBool,
    drain: Duration,
    /// How many runs there will be, where that is known.
    pub(super) expected: Option<usize>,
    pub(super) runs: Vec<FinishedRun>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(load: &'a LoadArgs, interrupt: &'a AtomicBool, drain: Duration) -> Self {
        Self { load, interrupt, drain, expected: None, runs: Vec::new() }
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// Makes one run, with a seed that the plan's begins and this adds to; nothing when the sweep is interrupted.
    pub(super) fn make(&mut self, point: Point, further: u64) -> anyhow::Result<Option<Measurement>> {
        if !self.runs.is_empty() {
            self.wait();
        }
        if self.is_interrupted() {
            return Ok(None);
        }
        let plan = self.load.plan_at(point.pace, point.connections)?;
        let plan = Plan { seed: plan.seed.wrapping_add(further), ..plan };
        let line = ProgressLine::new(self.prefix(&plan));
        let measurement =
            run(&plan, self.interrupt, LiveFigures::for_terminal(), &mut |progress| show_progress(&line, &progress))?;
        self.runs.push(FinishedRun::new(point, plan.seed, &measurement));
        Ok(Some(measurement))
    }

    /// What stands before the progress of a run.
    fn prefix(&self, plan: &Plan) -> String {
        let number = self.runs.len() + 1;
        let number = self.expected.map_or(format!("run {number}"), |all| format!("run {number} of {all}"));
        let pace = match plan.pace {
            Pace::RatePerS(rate_per_s) => format!("{rate_per_s:.0}/s"),
            Pace::Closed => "closed".to_owned(),
        };
        format!("{number}, {pace} over {}: ", plan.connections)
    }

    /// Lets the server forget the run before.
    fn wait(&self) {
        let begun = Instant::now();
        while begun.elapsed() < self.drain && !self.is_interrupted() {
            thread::sleep(LOOK.min(self.drain.saturating_sub(begun.elapsed())));
        }
    }
}

/// The percentiles of a row, in parts of a million, with their names.
pub(super) const SHOWN: [(&str, u64); 4] = [("p50", 500_000), ("p90", 900_000), ("p99", 990_000), ("p99.9", 999_000)];

/// One run that was made, and its whole result. The histograms are kept in the result alone, packed: an outcome has
/// megabytes of them.
#[derive(Debug)]
pub(super) struct FinishedRun {
    pub(super) point: Point,
    pub(super) seed: u64,
    pub(super) offered_per_s: f64,
    pub(super) throughput_per_s: f64,
    pub(super) percentiles: [Quantile; SHOWN.len()],
    pub(super) requests: u64,
    pub(super) failed: u64,
    /// What is to be known of it, in a word.
    pub(super) note: String,
    pub(super) is_generator_limited: bool,
    result: RunResult,
}

impl FinishedRun {
    pub(super) fn new(point: Point, seed: u64, measurement: &Measurement) -> Self {
        Self {
            point,
            seed,
            offered_per_s: measurement.offered_per_s(),
            throughput_per_s: measurement.throughput_per_s(),
            percentiles: SHOWN.map(|(_, at)| measurement.intended.quantile(at)),
            requests: measurement.requests(),
            failed: measurement.faults().total(),
            note: note(measurement).to_owned(),
            is_generator_limited: measurement.verdict.is_generator_limited(),
            result: measurement.result(),
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

fn note(measurement: &Measurement) -> &'static str {
    let verdict = &measurement.verdict;
    match (&verdict.overloaded, verdict.is_generator_limited(), verdict.interrupted, verdict.box_bound) {
        (_, true, _, _) => "GENERATOR",
        (Some(_), ..) => "OVERLOADED",
        (None, _, true, _) => "interrupted",
        (None, _, _, true) => "CPU-bound",
        (None, false, false, false) => "ok",
    }
}
