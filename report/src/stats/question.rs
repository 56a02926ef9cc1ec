//! What is asked of two variants, and what their blocks say before any verdict.

use serde::{Deserialize, Serialize};

use crate::format::{Ends, Quantity, Unit, percent};

use super::{
    interval::{Bound, Interval, Level},
    order_statistics::{CensoredMedian, censored_median},
    sample::{Sample, SampleError},
    signed_rank::SignedRank,
};

/// What the better of two is called, which says too whether more or less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advantage {
    /// More is better: throughput, capacity.
    Faster,
    /// Less is better: processor time per request.
    Cheaper,
    /// Less is better: latency.
    Lower,
    /// Less is better: memory.
    Smaller,
}

/// What a row of a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Named beforehand, one of so many: it has a verdict, and all of them together err in 5 % of pages at most.
    Primary {
        /// How many primary rows the plan names.
        of: usize,
    },
    /// Looked at besides: it has an interval only.
    Exploratory,
}

/// What is asked of two variants: which is better in one metric, and by how much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Question {
    /// What the better one is called.
    pub advantage: Advantage,
    /// What does not matter, and the scale of the comparison.
    pub margin: Margin,
    /// What the row is for.
    pub standing: Standing,
}

/// What the blocks say, first variant against second, before any verdict.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// How many blocks there are.
    pub blocks: usize,
    /// How the estimate and the intervals came about.
    pub method: Method,
    /// The estimate: a log-ratio or a difference.
    pub estimate: Bound,
    /// The level that was asked of the interval.
    pub level: Level,
    /// The interval at that level; `None` where so few blocks cannot reach it.
    pub interval: Option<Interval>,
    /// The interval that shows equivalence if it lies within the margin; `None` as above.
    pub equivalence: Option<Interval>,
    /// The two-sided p of no difference; `None` with censored blocks.
    pub p: Option<f64>,
    /// The least and the greatest block; an end is infinite where a block is open.
    pub range: (f64, f64),
}

/// How an estimate and its interval came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Hodges-Lehmann, and the inverted signed-rank test.
    SignedRank,
    /// Blocks that are not paired: the median of all differences, and the inverted Mann-Whitney test.
    MannWhitney,
    /// Some blocks are censored: the median, and its order-statistic interval.
    OrderStatistics,
}

impl Advantage {
    /// The word: `faster`, `cheaper`, `lower`, `smaller`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Cheaper => "cheaper",
            Self::Lower => "lower",
            Self::Smaller => "smaller",
        }
    }

    /// The sign of what favours the first of two.
    pub(super) fn sign(self) -> f64 {
        match self {
            Self::Faster => 1.0,
            Self::Cheaper | Self::Lower | Self::Smaller => -1.0,
        }
    }
}

impl Standing {
    /// The level of the interval that decides who is better: 1 - 0.05/m (METHOD 2.3).
    #[must_use]
    pub fn level(self) -> Level {
        Level::NINETY_FIVE.shared_among(self.rows())
    }

    /// The level of the interval that decides equivalence: two one-sided tests at 0.05/m each, hence 1 - 0.10/m.
    #[must_use]
    pub fn equivalence_level(self) -> Level {
        Level::NINETY.shared_among(self.rows())
    }

    fn rows(self) -> usize {
        match self {
            Self::Primary { of } => of,
            Self::Exploratory => 1,
        }
    }
}

impl Evidence {
    /// From one log-ratio or difference per block.
    pub fn of(compared: &[Bound], standing: Standing) -> Result<Self, SampleError> {
        match compared.iter().map(|bound| bound.known()).collect::<Option<Vec<f64>>>() {
            Some(known) => Ok(Self::of_sample(&Sample::new(known)?, standing)),
            None => Self::of_censored(compared, standing),
        }
    }

    /// From a sample of log-ratios or differences.
    #[must_use]
    pub fn of_sample(sample: &Sample, standing: Standing) -> Self {
        let test = SignedRank::of(sample);
        Self {
            blocks: sample.blocks(),
            method: Method::SignedRank,
            estimate: Bound::Exactly(test.estimate()),
            level: standing.level(),
            interval: test.interval(standing.level()),
            equivalence: test.interval(standing.equivalence_level()),
            p: Some(test.p_value(0.0)),
            range: sample.range(),
        }
    }

    fn of_censored(compared: &[Bound], standing: Standing) -> Result<Self, SampleError> {
        let interval = |level| CensoredMedian::of(compared, level).map(|median| median.map(|median| median.interval));
        let least = compared.iter().map(|bound| bound.least()).fold(f64::INFINITY, f64::min);
        let most = compared.iter().map(|bound| bound.most()).fold(f64::NEG_INFINITY, f64::max);
        Ok(Self {
            blocks: compared.len(),
            method: Method::OrderStatistics,
            estimate: censored_median(compared)?,
            level: standing.level(),
            interval: interval(standing.level())?,
            equivalence: interval(standing.equivalence_level())?,
            p: None,
            range: (least, most),
        })
    }
}

/// How two measures are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// By their ratio; its logarithm is what is worked with, so that neither side is favoured.
    Ratio,
    /// By their difference, in this unit.
    Difference(Unit),
}

/// How much does not matter: fixed in the plan, and never widened by noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Margin {
    scale: Scale,
    size: f64,
}

impl Scale {
    /// What a block says on this scale: first against second, as a log-ratio or as a difference.
    pub fn compare(self, first: Bound, second: Bound) -> Result<Bound, SampleError> {
        match self {
            Self::Ratio => Bound::log_ratio(first, second),
            Self::Difference(_) => Bound::difference(first, second),
        }
    }

    /// What readers are shown of a value on this scale: the ratio of a log-ratio, a difference itself.
    #[must_use]
    pub fn shown(self, value: f64) -> f64 {
        match self {
            Self::Ratio => value.exp(),
            Self::Difference(_) => value,
        }
    }

    /// What a value on this scale says to readers.
    #[must_use]
    pub fn quantity(self) -> Quantity {
        match self {
            Self::Ratio => Quantity::Ratio,
            Self::Difference(unit) => Quantity::Difference(unit),
        }
    }

    /// An estimate on this scale with its interval: `1.80x [1.70, 1.90]`, `≥ 1.80x [1.70, ∞]`.
    #[must_use]
    pub fn figure(self, estimate: Bound, interval: &Interval) -> String {
        let ends = self.ends(interval.lower, interval.upper);
        match estimate {
            Bound::Exactly(value) => self.quantity().figure(self.shown(value), Some(ends)),
            Bound::AtLeast(value) => format!("≥ {}", self.quantity().figure(self.shown(value), Some(ends))),
            Bound::AtMost(value) => format!("≤ {}", self.quantity().figure(self.shown(value), Some(ends))),
            Bound::Unknown => format!("unknown {}", self.quantity().range(ends)),
        }
    }

    /// The upper end of an interval, with the digits that it has there: `up to 1.17x`.
    #[must_use]
    pub fn up_to(self, interval: &Interval) -> String {
        if interval.upper.is_infinite() {
            return "any difference".to_owned();
        }
        let [_, upper] = self.quantity().ends(self.ends(interval.lower, interval.upper));
        format!("up to {upper}")
    }

    /// Two values on this scale, as readers are shown them.
    pub(super) fn ends(self, lower: f64, upper: f64) -> Ends {
        [self.shown(lower), self.shown(upper)]
    }
}

impl Margin {
    /// For throughput and processor time (METHOD 2.4).
    pub const FIVE_PERCENT: Self = Self { scale: Scale::Ratio, size: 0.05 };
    /// For latency (METHOD 2.4).
    pub const TEN_PERCENT: Self = Self { scale: Scale::Ratio, size: 0.10 };

    /// A share of the smaller measure, 0.05 for 5 %; `None` unless it is above zero and finite.
    #[must_use]
    pub fn share(share: f64) -> Option<Self> {
        Self::of(Scale::Ratio, share)
    }

    /// A difference in this unit; `None` unless it is above zero and finite.
    #[must_use]
    pub fn difference(size: f64, unit: Unit) -> Option<Self> {
        Self::of(Scale::Difference(unit), size)
    }

    fn of(scale: Scale, size: f64) -> Option<Self> {
        (size > 0.0 && size.is_finite()).then_some(Self { scale, size })
    }

    /// How the two measures are compared.
    #[must_use]
    pub fn scale(self) -> Scale {
        self.scale
    }

    /// How far from zero the margin reaches on its scale: ln(1 + share), or the difference.
    #[must_use]
    pub fn reach(self) -> f64 {
        match self.scale {
            Scale::Ratio => self.size.ln_1p(),
            Scale::Difference(_) => self.size,
        }
    }

    /// `5 %`, or `0.6 µs`.
    #[must_use]
    pub fn words(self) -> String {
        match self.scale {
            Scale::Ratio => percent(self.size),
            Scale::Difference(unit) => unit.exactly(self.size),
        }
    }
}
