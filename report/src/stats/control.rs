//! What the same server entered twice says: what difference it could have found, and whether it finds too many.

use serde::{Deserialize, Serialize};

use super::{
    interval::{Bound, Interval, Level},
    question::{Evidence, Margin, Standing},
    sample::SampleError,
};
use crate::format::share;

/// What the same variant entered twice says of a workload and a metric (METHOD 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "control")]
pub enum Control {
    /// The interval holds "no difference", which is the truth.
    Alike {
        /// At 95 %, the first against the second.
        interval: Interval,
    },
    /// The interval leaves it out, as one in twenty does by chance.
    Differs {
        /// At 95 %, the first against the second.
        interval: Interval,
    },
    /// The interval lies wholly beyond the margin: this workload and metric are void.
    Void {
        /// At 95 %, the first against the second.
        interval: Interval,
    },
    /// Too few blocks for an interval at 95 %.
    TooFew {
        /// The least and the greatest block.
        range: (f64, f64),
        /// How many blocks an interval takes at least.
        needed: usize,
    },
}

impl Control {
    /// Judges what each block measured of the two.
    pub fn judge(blocks: &[(Bound, Bound)], margin: Margin) -> Result<Self, SampleError> {
        let compared = blocks.iter().map(|&(first, second)| margin.scale().compare(first, second));
        let evidence = Evidence::of(&compared.collect::<Result<Vec<_>, _>>()?, Standing::Exploratory)?;
        let is_beyond = |interval: Interval, reach| interval.is_above(reach) || interval.mirrored().is_above(reach);
        Ok(match evidence.interval {
            None => Self::TooFew { range: evidence.range, needed: evidence.level.least_blocks() },
            Some(interval) if is_beyond(interval, margin.reach()) => Self::Void { interval },
            Some(interval) if is_beyond(interval, 0.0) => Self::Differs { interval },
            Some(interval) => Self::Alike { interval },
        })
    }

    /// In words: `no difference found, [0.97, 1.02]; one above 2.5 % would have shown`.
    #[must_use]
    pub fn words(&self, margin: Margin) -> String {
        let between = |lower, upper| margin.scale().quantity().range(margin.scale().ends(lower, upper));
        let found = |interval: &Interval| {
            let would =
                would_have_shown(interval).map(|power| format!("; one above {} would have shown", share(power)));
            format!("{}{}", between(interval.lower, interval.upper), would.unwrap_or_default())
        };
        match self {
            Self::Alike { interval } => format!("no difference found, {}", found(interval)),
            Self::Differs { interval } => format!("the same server differs from itself, {}", found(interval)),
            Self::Void { interval } => format!(
                "void: the same server entered twice differs by more than {}, {}",
                margin.words(),
                between(interval.lower, interval.upper)
            ),
            Self::TooFew { range: (lower, upper), needed } => {
                format!("range of the control {}; need at least {needed} blocks", between(*lower, *upper))
            }
        }
    }
}

/// The power of a control: the relative difference from which an interval of log-ratios of this width leaves out 1 wherever
/// it lies, 0.02 for 2 %; none where an end is open.
#[must_use]
pub fn would_have_shown(interval: &Interval) -> Option<f64> {
    let half_width = (interval.upper - interval.lower) / 2.0;
    half_width.is_finite().then(|| half_width.exp_m1())
}

/// How many controls differ though nothing does, against what chance gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chance {
    /// Controls whose interval leaves out 1.
    pub differ: u32,
    /// All controls with an interval at 95 %.
    pub of: u32,
    /// The probability that as many or more differ where each does so once in twenty.
    pub p: f64,
}

impl Chance {
    /// Holds so many of so many against the binomial distribution.
    #[must_use]
    pub fn of(differ: u32, of: u32) -> Self {
        Self { differ, of, p: at_least(differ, of, Level::NINETY_FIVE.alpha()) }
    }

    /// How many chance lets differ on average.
    #[must_use]
    pub fn expected(&self) -> f64 {
        f64::from(self.of) * Level::NINETY_FIVE.alpha()
    }

    /// Whether more differ than chance explains at the level of 5 %: then intervals are too narrow.
    #[must_use]
    pub fn is_beyond(&self) -> bool {
        self.p < Level::NINETY_FIVE.alpha()
    }
}

/// The probability of `hits` or more in so many trials, each a hit with probability `each`.
fn at_least(hits: u32, trials: u32, each: f64) -> f64 {
    let (mut exactly, mut below) = ((1.0 - each).powf(f64::from(trials)), 0.0);
    for count in 0..hits {
        below += exactly;
        exactly *= f64::from(trials.saturating_sub(count)) / f64::from(count + 1) * each / (1.0 - each);
    }
    (1.0 - below).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_by_hand() {
        // 1 - 0.95^21, and less 21 * 0.05 * 0.95^20.
        assert!((Chance::of(1, 21).p - 0.659_438).abs() < 1e-6);
        assert!((Chance::of(2, 21).p - 0.283_028).abs() < 1e-6);
        assert!((Chance::of(0, 21).p - 1.0).abs() < 1e-12);
        // Four of twenty-one are more than chance explains, three are not.
        assert!(Chance::of(4, 21).is_beyond() && !Chance::of(3, 21).is_beyond(), "{:?}", Chance::of(3, 21));
        assert!((Chance::of(2, 2).p - 0.0025).abs() < 1e-12);
        assert!(!Chance::of(0, 0).is_beyond());
    }

    #[test]
    fn half_the_width_is_what_would_have_shown() {
        let interval = |lower: f64, upper: f64| Interval { lower, upper, achieved: 0.95 };
        assert!((would_have_shown(&interval(-0.01, 0.03)).unwrap() - 0.02_f64.exp_m1()).abs() < 1e-12);
        assert_eq!(would_have_shown(&interval(-0.01, f64::INFINITY)), None);
    }
}
