//! Comparisons of one kind, simulated over and over, and what was counted of them.

use std::num::NonZeroU32;

use fastrand::Rng;
use report::stats::{
    Advantage, Finding, Interval, Level, Margin, Proportion, Question, SampleError, Standing, Verdict,
};
use serde::Serialize;

use super::{noise::Noise, slices::Shape};

/// Comparisons of one kind, simulated over and over.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    /// What disturbs the runs.
    pub(crate) noise: Noise,
    /// Blocks of each comparison.
    pub(crate) blocks: usize,
    /// Primary rows that share the 5 %.
    pub(crate) rows: usize,
}

/// Blocks and primary rows: one row alone and as many as a plan may name, for `quick`, `standard` and `full`.
const PLANS: [(usize, usize); 6] = [(7, 1), (7, 3), (10, 1), (10, 6), (20, 1), (20, 20)];

/// The same for races in slices: one row alone and the six of `quick`, and one row of `standard`.
const RACED: [(usize, usize); 3] = [(8, 1), (8, 6), (12, 1)];

/// All trials: each noise with each plan; with recorded pairs of the control, if there are any, the plans
/// of no more blocks than there are pairs: beyond that most of what is drawn would be ties.
pub(crate) fn trials(recorded: Option<Vec<(f64, f64)>>) -> Vec<Trial> {
    let own = [Noise::BEARABLE_RHO, 0.05, 0.1, 0.2, 0.4].map(|rho| Noise::Own { rho });
    [Noise::Normal, Noise::StudentT3, Noise::Bimodal, Noise::Drift { rho: 0.9 }]
        .into_iter()
        .chain(recorded.map(Noise::Recorded))
        .chain(own)
        .chain([Noise::Unlike])
        .flat_map(|noise| PLANS.map(|(blocks, rows)| Trial { noise: noise.clone(), blocks, rows }))
        .filter(|trial| trial.blocks <= trial.noise.pairs())
        .chain(
            Shape::ALL
                .into_iter()
                .flat_map(|shape| RACED.map(|(blocks, rows)| Trial { noise: Noise::Slices(shape), blocks, rows })),
        )
        .collect()
}

impl Trial {
    /// Simulates so many comparisons, judges each, and counts.
    pub(crate) fn run(&self, repetitions: NonZeroU32, rng: &mut Rng) -> Result<TrialResult, SampleError> {
        let mut tally = Tally::default();
        for _ in 0..repetitions.get() {
            let equals = self.noise.draw(self.blocks, rng);
            tally.count(&self.judge(&equals)?, &self.judge(&better_by_margin(&equals))?);
        }
        // There is at least one repetition, hence a share.
        tally.result(self).ok_or(SampleError::Empty)
    }

    fn judge(&self, blocks: &[(f64, f64)]) -> Result<Finding, SampleError> {
        let standing = Standing::Primary { of: self.rows };
        Question { advantage: Advantage::Faster, margin: Margin::FIVE_PERCENT, standing }.judge(blocks)
    }
}

/// The same runs, had the first variant been faster by exactly the margin.
fn better_by_margin(blocks: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let ratio = Margin::FIVE_PERCENT.reach().exp();
    blocks.iter().map(|&(first, second)| (first * ratio, second)).collect()
}

/// What was counted over the repetitions of a trial.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
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
pub(crate) struct TrialResult {
    /// What disturbed the runs.
    pub(crate) noise: String,
    /// Whether the intervals must keep what they promise under it.
    pub(crate) must_hold: bool,
    /// Whether runs hardly ever tie: then intervals must not cover more than they achieve either.
    pub(crate) continuous: bool,
    /// Blocks of each comparison.
    pub(crate) blocks: usize,
    /// Primary rows that share the 5 %.
    pub(crate) rows: usize,
    /// The interval that decides who is better.
    pub(crate) interval: Coverage,
    /// The interval that decides equivalence.
    pub(crate) equivalence: Coverage,
    /// Equals of which one was called better, by whatever it was: promised in 1 - achieved of the cases at most.
    pub(crate) better_of_equals: Rate,
    /// Equals of which one was called better beyond the margin.
    pub(crate) beyond_of_equals: Rate,
    /// Variants that differ by exactly the margin, called better beyond it: promised in half of 1 - achieved at most.
    pub(crate) beyond_at_margin: Rate,
    /// Variants that differ by exactly the margin, called equivalent: promised in half of 1 - achieved at most.
    pub(crate) equivalent_at_margin: Rate,
}

/// What an interval promised, and what it kept.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Coverage {
    /// The level asked for, as a share.
    pub(crate) level: f64,
    /// The level that the exact test has with so many blocks, as a share: at least the one asked for.
    pub(crate) achieved: f64,
    /// How often it covered the truth.
    pub(crate) covered: Rate,
}

/// How often something came about.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Rate {
    /// The times it did.
    pub(crate) hits: u64,
    /// The times it could.
    pub(crate) trials: u64,
    /// The share.
    pub(crate) share: f64,
    /// Wilson's interval of the share at 95 %.
    pub(crate) wilson: (f64, f64),
}

impl Tally {
    /// Counts one repetition: the same blocks as they are, and with the first variant better by the margin.
    pub(crate) fn count(&mut self, equals: &Finding, at_margin: &Finding) {
        self.repetitions += 1;
        self.interval.count(equals.evidence.interval);
        self.equivalence.count(equals.evidence.equivalence);
        self.better_of_equals += u64::from(is_beyond(equals) || is_between(equals));
        self.beyond_of_equals += u64::from(is_beyond(equals));
        self.beyond_at_margin += u64::from(is_beyond(at_margin));
        self.equivalent_at_margin += u64::from(matches!(at_margin.verdict, Verdict::Equivalent { .. }));
    }

    /// The shares; `None` before anything was counted.
    pub(crate) fn result(&self, trial: &Trial) -> Option<TrialResult> {
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
    pub(crate) const TOLERANCE: f64 = 0.015;

    /// Whether both intervals cover what they achieve, and no false verdict is more frequent than promised, within 1.5
    /// points.
    pub(crate) fn holds(&self) -> bool {
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
