use serde::Serialize;

use super::{Bound, Evidence, Interval, Margin, SampleError, Standing};

/// What the same variant entered twice says of a workload and a metric (METHOD 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "twins")]
pub enum Twins {
    /// The interval reaches into the margin: it is the noise floor.
    NoiseFloor {
        /// At 95 %, first twin against second.
        interval: Interval,
    },
    /// The interval lies wholly beyond the margin: this workload and metric are void.
    Differ {
        /// At 95 %, first twin against second.
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

impl Twins {
    /// Judges what each block measured of the two twins.
    pub fn judge(blocks: &[(Bound, Bound)], margin: Margin) -> Result<Self, SampleError> {
        let compared = blocks.iter().map(|&(first, second)| margin.scale().compare(first, second));
        let evidence = Evidence::of(&compared.collect::<Result<Vec<_>, _>>()?, Standing::Exploratory)?;
        Ok(match evidence.interval {
            None => Self::TooFew { range: evidence.range, needed: evidence.level.least_blocks() },
            Some(interval) if interval.is_above(margin.reach()) || interval.mirrored().is_above(margin.reach()) => {
                Self::Differ { interval }
            }
            Some(interval) => Self::NoiseFloor { interval },
        })
    }

    /// In words: `noise floor [0.97, 1.02]`.
    #[must_use]
    pub fn words(&self, margin: Margin) -> String {
        let between = |lower, upper| super::words::range(margin.scale(), lower, upper);
        match self {
            Self::NoiseFloor { interval } => format!("noise floor {}", between(interval.lower, interval.upper)),
            Self::Differ { interval } => format!(
                "void: the same variant entered twice differs by more than {}, {}",
                margin.words(),
                between(interval.lower, interval.upper)
            ),
            Self::TooFew { range: (lower, upper), needed } => {
                format!("range of twins {}; need at least {needed} blocks", between(*lower, *upper))
            }
        }
    }
}
