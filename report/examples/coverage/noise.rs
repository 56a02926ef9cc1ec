//! What disturbs the runs of simulated comparisons.

use std::f64::consts::TAU;

use fastrand::Rng;

use super::slices::{Shape, race};

/// The standard deviation of one run's own noise, as a share: about what a control shows on a machine with nothing beside.
const SPREAD: f64 = 0.02;
/// How far a block lifts or lowers all that is measured in it: more than any single run.
const BLOCK_SPREAD: f64 = 0.10;
/// How alike neighbouring blocks are.
const BLOCK_RHO: f64 = 0.8;
/// The share of runs that fall into the slow mode.
const SLOW_SHARE: f64 = 0.3;
/// How much slower it is, in standard deviations of the rest.
const SLOW_BY: f64 = 5.0;
/// The pseudo-median of a bimodal run less a normal one, which is what Hodges-Lehmann estimates: the median of the average of
/// two such differences, that is of 2.5 k and a standard normal with k of two runs slow. It solves
/// 0.49 F(x) + 0.42 F(x - 2.5) + 0.09 F(x - 5) = 1/2 with the normal distribution F.
const UNLIKE_CENTRE: f64 = 1.355;

/// What disturbs the runs of a comparison. Beside it a common effect of the block, autocorrelated, moves both runs alike.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Noise {
    /// Normal, independent from run to run.
    Normal,
    /// Student's t with three degrees of freedom: heavy tails, independent from run to run.
    StudentT3,
    /// Three runs in ten fall into a slow mode.
    Bimodal,
    /// The machine drifts from run to run, as a first-order autoregressive process; the order within a block is shuffled.
    Drift {
        /// The correlation of neighbouring runs.
        rho: f64,
    },
    /// Each variant drifts on its own from block to block, which nothing in the design removes.
    Own {
        /// The correlation of a variant's neighbouring runs.
        rho: f64,
    },
    /// One variant is bimodal and the other is not, so that their ratio is not symmetric. They count as the same where their
    /// pseudo-median is.
    Unlike,
    /// Races in slices on a machine whose speed drifts and steps; threads are pooled with their control, as rows are.
    Slices(Shape),
    /// Pairs of measures of a recorded control, drawn with replacement and in either order.
    Recorded(Vec<(f64, f64)>),
}

impl Noise {
    /// Up to which correlation of a variant's own runs all intervals keep what they promise, within 1.5 points: at twenty
    /// blocks those of 90 % lose 1.1 of them. Those of 95 % and above still do so at 0.05.
    pub(crate) const BEARABLE_RHO: f64 = 0.03;

    /// Draws as many pairs of measures of two variants that are truly the same.
    pub(crate) fn draw(&self, blocks: usize, rng: &mut Rng) -> Vec<(f64, f64)> {
        match self {
            Self::Normal => independent(blocks, rng, normal),
            Self::StudentT3 => independent(blocks, rng, student_t3),
            Self::Bimodal => independent(blocks, rng, bimodal),
            Self::Drift { rho } => drifting(blocks, *rho, rng),
            Self::Own { rho } => {
                let (first, second) = (autoregressive(blocks, *rho, rng), autoregressive(blocks, *rho, rng));
                in_blocks(first.into_iter().zip(second).collect(), rng)
            }
            Self::Unlike => {
                let runs = (0..blocks).map(|_| (bimodal(rng) - UNLIKE_CENTRE, normal(rng))).collect();
                in_blocks(runs, rng)
            }
            Self::Slices(shape) => (0..blocks).map(|_| raced(*shape, rng)).collect(),
            Self::Recorded(pairs) => (0..blocks).map(|_| shuffled(pairs[rng.usize(..pairs.len())], rng)).collect(),
        }
    }

    /// Whether the intervals must keep what they promise: the others are shown as a known limit.
    pub(crate) fn is_bearable(&self) -> bool {
        match self {
            Self::Own { rho } => *rho <= Self::BEARABLE_RHO,
            Self::Unlike => false,
            Self::Normal
            | Self::StudentT3
            | Self::Bimodal
            | Self::Drift { .. }
            | Self::Slices(_)
            | Self::Recorded(_) => true,
        }
    }

    /// Whether runs hardly ever tie, so that intervals cover no more than they achieve. Pairs drawn with replacement do tie,
    /// and the ends of an interval, which belong to it, then cover more.
    pub(crate) fn is_continuous(&self) -> bool {
        match self {
            Self::Recorded(_) => false,
            Self::Normal
            | Self::StudentT3
            | Self::Bimodal
            | Self::Drift { .. }
            | Self::Slices(_)
            | Self::Own { .. }
            | Self::Unlike => true,
        }
    }

    /// How many different pairs there are.
    pub(crate) fn pairs(&self) -> usize {
        match self {
            Self::Recorded(pairs) => pairs.len(),
            Self::Normal
            | Self::StudentT3
            | Self::Bimodal
            | Self::Drift { .. }
            | Self::Slices(_)
            | Self::Own { .. }
            | Self::Unlike => usize::MAX,
        }
    }

    /// A name for a table.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Normal => "normal".to_owned(),
            Self::StudentT3 => "t3".to_owned(),
            Self::Bimodal => "bimodal".to_owned(),
            Self::Drift { rho } => format!("machine drifts, rho {rho}"),
            Self::Slices(shape) => format!("slices, {}", shape.name()),
            Self::Own { rho } => format!("variants drift apart, rho {rho}"),
            Self::Unlike => "one variant bimodal".to_owned(),
            Self::Recorded(pairs) => format!("{} recorded pairs", pairs.len()),
        }
    }
}

fn independent(blocks: usize, rng: &mut Rng, one: fn(&mut Rng) -> f64) -> Vec<(f64, f64)> {
    let runs = (0..blocks).map(|_| (one(rng), one(rng))).collect();
    in_blocks(runs, rng)
}

/// Threads as rows have them, the geometric mean with their control, and tasks.
fn raced(shape: Shape, rng: &mut Rng) -> (f64, f64) {
    let [threads, control, tasks] = race(shape, rng);
    ((threads.plain * control.plain).sqrt(), tasks.plain)
}

fn drifting(blocks: usize, rho: f64, rng: &mut Rng) -> Vec<(f64, f64)> {
    let runs = autoregressive(2 * blocks, rho, rng);
    let pairs = runs.chunks_exact(2).map(|block| shuffled((block[0], block[1]), rng)).collect();
    in_blocks(pairs, rng)
}

/// Turns the runs' own noise, in standard deviations, into measures that share the effect of their block.
fn in_blocks(runs: Vec<(f64, f64)>, rng: &mut Rng) -> Vec<(f64, f64)> {
    let effects = autoregressive(runs.len(), BLOCK_RHO, rng);
    let measure = |effect: f64, own: f64| (BLOCK_SPREAD * effect + SPREAD * own).exp();
    runs.into_iter().zip(effects).map(|((one, other), effect)| (measure(effect, one), measure(effect, other))).collect()
}

/// A stationary first-order process of variance 1.
fn autoregressive(count: usize, rho: f64, rng: &mut Rng) -> Vec<f64> {
    let fresh = (1.0 - rho * rho).sqrt();
    let mut last = normal(rng);
    let next = |_| {
        let now = last;
        last = rho * last + fresh * normal(rng);
        now
    };
    (0..count).map(next).collect()
}

fn shuffled((one, other): (f64, f64), rng: &mut Rng) -> (f64, f64) {
    if rng.bool() { (one, other) } else { (other, one) }
}

/// Box and Muller, "A note on the generation of random normal deviates", 1958.
pub(crate) fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (TAU * rng.f64()).cos()
}

pub(crate) fn student_t3(rng: &mut Rng) -> f64 {
    let squares: f64 = (0..3).map(|_| normal(rng).powi(2)).sum();
    normal(rng) / (squares / 3.0).sqrt()
}

pub(crate) fn bimodal(rng: &mut Rng) -> f64 {
    let slow = if rng.f64() < SLOW_SHARE { SLOW_BY } else { 0.0 };
    slow + normal(rng)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_ratios(noise: &Noise) -> Vec<f64> {
        noise.draw(40_000, &mut Rng::with_seed(1)).iter().map(|(one, other)| one.ln() - other.ln()).collect()
    }

    fn correlation_of_neighbours(values: &[f64]) -> f64 {
        let products: f64 = values.windows(2).map(|pair| pair[0] * pair[1]).sum();
        products / values.iter().map(|value| value * value).sum::<f64>()
    }

    #[test]
    fn the_block_cancels_and_what_is_a_variants_own_stays() {
        // The standard error of each correlation is 1 / sqrt(40,000) = 0.005.
        for (noise, wanted) in [(Noise::Normal, 0.0), (Noise::Drift { rho: 0.9 }, 0.0), (Noise::Own { rho: 0.4 }, 0.4)]
        {
            let found = correlation_of_neighbours(&log_ratios(&noise));
            assert!((found - wanted).abs() < 0.025, "{}: {found}", noise.name());
        }
    }

    #[test]
    fn shapes_are_what_they_are_called() {
        let spread = |values: &[f64]| (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt();
        let normal = log_ratios(&Noise::Normal);
        assert!((spread(&normal) / (SPREAD * 2.0_f64.sqrt()) - 1.0).abs() < 0.02);
        let far = |values: &[f64]| values.iter().filter(|value| value.abs() > 0.15).count();
        assert_eq!(far(&normal), 0);
        assert!(far(&log_ratios(&Noise::StudentT3)) > 100);
        // Two runs differ in mode in 2 x 0.3 x 0.7 of the blocks.
        let parted = log_ratios(&Noise::Bimodal).iter().filter(|value| value.abs() > 0.06).count();
        assert!((15_000..18_000).contains(&parted), "{parted}");
    }
}
