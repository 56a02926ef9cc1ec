use std::num::NonZeroU32;

use fastrand::Rng;

use super::{Noise, TrialResult, tally::Tally};
use crate::stats::{Advantage, Finding, Margin, Question, SampleError, Standing};

/// Comparisons of one kind, simulated over and over.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What disturbs the runs.
    pub noise: Noise,
    /// Blocks of each comparison.
    pub blocks: usize,
    /// Primary rows that share the 5 %.
    pub rows: usize,
}

/// Blocks and primary rows: one row alone and as many as a plan may name, for `quick`, `standard` and `full`.
const PLANS: [(usize, usize); 6] = [(7, 1), (7, 3), (10, 1), (10, 6), (20, 1), (20, 20)];

/// All trials of a coverage run: each noise with each plan; with recorded pairs of twins, if there are any,
/// the plans of no more blocks than there are pairs: beyond that most of what is drawn would be ties.
#[must_use]
pub fn trials(recorded: Option<Vec<(f64, f64)>>) -> Vec<Trial> {
    let own = [Noise::BEARABLE_RHO, 0.05, 0.1, 0.2, 0.4].map(|rho| Noise::Own { rho });
    [Noise::Normal, Noise::StudentT3, Noise::Bimodal, Noise::Drift { rho: 0.9 }]
        .into_iter()
        .chain(recorded.map(Noise::Recorded))
        .chain(own)
        .chain([Noise::Unlike])
        .flat_map(|noise| PLANS.map(|(blocks, rows)| Trial { noise: noise.clone(), blocks, rows }))
        .filter(|trial| trial.blocks <= trial.noise.pairs())
        .collect()
}

impl Trial {
    /// Simulates so many comparisons, judges each, and counts.
    pub fn run(&self, repetitions: NonZeroU32, rng: &mut Rng) -> Result<TrialResult, SampleError> {
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
