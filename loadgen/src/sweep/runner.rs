use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{points::Point, ran::Ran};
use crate::run::{LoadArgs, Outcome, Pace, Plan, Screen, Watched, run};

/// How often a drain looks whether it is interrupted.
const LOOK: Duration = Duration::from_millis(20);

/// Makes runs one after the other, with a drain between them, and keeps what came of each.
pub(super) struct Runner<'a> {
    load: &'a LoadArgs,
    interrupt: &'a AtomicBool,
    watched: Watched,
    screen: Screen,
    drain: Duration,
    /// How many runs there will be, where that is known.
    pub(super) expected: Option<usize>,
    pub(super) runs: Vec<Ran>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(load: &'a LoadArgs, interrupt: &'a AtomicBool, watched: Watched, drain: Duration) -> Self {
        Self { load, interrupt, watched, screen: Screen::new(watched), drain, expected: None, runs: Vec::new() }
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// Makes one run, with a seed that the plan's begins and this adds to; nothing when the sweep is interrupted.
    pub(super) fn make(&mut self, point: Point, further: u64) -> anyhow::Result<Option<Outcome>> {
        if !self.runs.is_empty() {
            self.wait();
        }
        if self.is_interrupted() {
            return Ok(None);
        }
        let plan = self.load.plan_at(point.pace, point.connections)?;
        let plan = Plan { seed: plan.seed.wrapping_add(further), ..plan };
        self.screen.begin(self.prefix(&plan));
        let screen = &mut self.screen;
        let outcome = run(&plan, self.interrupt, self.watched, &mut |progress| screen.show(&progress));
        self.screen.clear();
        let outcome = outcome?;
        self.runs.push(Ran::new(point, plan.seed, &outcome));
        Ok(Some(outcome))
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
