use serde::Serialize;

use crate::stats::{Finding, Interval, Level, Proportion, Standing, Verdict};

/// What was counted over the repetitions of a trial.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    repetitions: u64,
    interval: Covered,
    equivalence: Covered,
    better_of_equals: u64,
    beyond_of_equals: u64,
    beyond_at_margin: u64,
    equivalent_at_margin: u64,
}

/// How often an interval covered the truth, and the sum of the levels that it achieved.
#[derive(Clone, Copy, Debug, Default)]
struct Covered {
    covered: u64,
    achieved: f64,
}

/// How often a trial's intervals covered the truth, and its verdicts missed it.
#[derive(Clone, Debug, Serialize)]
pub struct TrialResult {
    /// What disturbed the runs.
    pub noise: String,
    /// Whether the intervals must keep what they promise under it.
    pub must_hold: bool,
    /// Whether runs hardly ever tie: then intervals must not cover more than they achieve either.
    pub continuous: bool,
    /// Blocks of each comparison.
    pub blocks: usize,
    /// Primary rows that share the 5 %.
    pub rows: usize,
    /// The interval that decides who is better.
    pub interval: Coverage,
    /// The interval that decides equivalence.
    pub equivalence: Coverage,
    /// Equals of which one was called better, by whatever it was: promised in 1 - achieved of the cases at most.
    pub better_of_equals: Rate,
    /// Equals of which one was called better beyond the margin.
    pub beyond_of_equals: Rate,
    /// Variants that differ by exactly the margin, called better beyond it: promised in half of 1 - achieved at most.
    pub beyond_at_margin: Rate,
    /// Variants that differ by exactly the margin, called equivalent: promised in half of 1 - achieved at most.
    pub equivalent_at_margin: Rate,
}

/// What an interval promised, and what it kept.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Coverage {
    /// The level asked for, as a share.
    pub level: f64,
    /// The level that the exact test has with so many blocks, as a share: at least the one asked for.
    pub achieved: f64,
    /// How often it covered the truth.
    pub covered: Rate,
}

/// How often something came about.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rate {
    /// The times it did.
    pub hits: u64,
    /// The times it could.
    pub trials: u64,
    /// The share.
    pub share: f64,
    /// Wilson's interval of the share at 95 %.
    pub wilson: (f64, f64),
}

impl Tally {
    /// Counts one repetition: the same blocks as they are, and with the first variant better by the margin.
    pub(super) fn count(&mut self, equals: &Finding, at_margin: &Finding) {
        self.repetitions += 1;
        self.interval.count(equals.evidence.interval);
        self.equivalence.count(equals.evidence.equivalence);
        self.better_of_equals += u64::from(is_beyond(equals) || is_between(equals));
        self.beyond_of_equals += u64::from(is_beyond(equals));
        self.beyond_at_margin += u64::from(is_beyond(at_margin));
        self.equivalent_at_margin += u64::from(matches!(at_margin.verdict, Verdict::Equivalent { .. }));
    }

    /// The shares; `None` before anything was counted.
    pub(super) fn result(&self, trial: &super::Trial) -> Option<TrialResult> {
        let rate = |hits| Rate::of(hits, self.repetitions);
        let standing = Standing::Primary { of: trial.rows };
        Some(TrialResult {
            noise: trial.noise.name(),
            must_hold: trial.noise.is_bearable(),
            continuous: trial.noise.is_continuous(),
            blocks: trial.blocks,
            rows: trial.rows,
            interval: self.interval.result(standing.level(), self.repetitions)?,
            equivalence: self.equivalence.result(standing.equivalence_level(), self.repetitions)?,
            better_of_equals: rate(self.better_of_equals)?,
            beyond_of_equals: rate(self.beyond_of_equals)?,
            beyond_at_margin: rate(self.beyond_at_margin)?,
            equivalent_at_margin: rate(self.equivalent_at_margin)?,
        })
    }
}

impl Covered {
    fn count(&mut self, interval: Option<Interval>) {
        if let Some(interval) = interval {
            self.covered += u64::from(interval.holds(0.0));
            self.achieved += interval.achieved;
        }
    }

    fn result(self, level: Level, repetitions: u64) -> Option<Coverage> {
        let covered = Rate::of(self.covered, repetitions)?;
        Some(Coverage { level: level.coverage(), achieved: self.achieved / repetitions as f64, covered })
    }
}

fn is_beyond(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Faster { .. })
}

fn is_between(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::FasterBetween { .. })
}

impl TrialResult {
    /// How far promises may be missed (METHOD 2.9).
    pub const TOLERANCE: f64 = 0.015;

    /// Whether both intervals cover what they achieve, and no false verdict is more frequent than promised, within 1.5
    /// points.
    #[must_use]
    pub fn holds(&self) -> bool {
        let outside = 1.0 - self.interval.achieved;
        let one_sided = (1.0 - self.equivalence.achieved) / 2.0;
        let covers = |coverage: &Coverage| {
            let excess = coverage.covered.share - coverage.achieved;
            -Self::TOLERANCE <= excess && (excess <= Self::TOLERANCE || !self.continuous)
        };
        covers(&self.interval)
            && covers(&self.equivalence)
            && self.better_of_equals.share <= outside + Self::TOLERANCE
            && self.beyond_at_margin.share <= outside / 2.0 + Self::TOLERANCE
            && self.equivalent_at_margin.share <= one_sided + Self::TOLERANCE
    }
}

impl Rate {
    fn of(hits: u64, trials: u64) -> Option<Self> {
        let proportion = Proportion::of(hits, trials)?;
        let Interval { lower, upper, .. } = proportion.wilson(Level::NINETY_FIVE);
        Some(Self { hits, trials, share: proportion.share(), wilson: (lower, upper) })
    }
}
