use serde::{Deserialize, Serialize};

use super::{
    Bound, CensoredMedian, Finding, Interval, Level, Margin, Sample, SampleError, SignedRank, censored_median,
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

impl Question {
    /// Answers from what each block measured of the first and of the second variant.
    pub fn judge(&self, blocks: &[(f64, f64)]) -> Result<Finding, SampleError> {
        let bounds: Vec<_> =
            blocks.iter().map(|&(first, second)| (Bound::Exactly(first), Bound::Exactly(second))).collect();
        self.judge_censored(&bounds)
    }

    /// The same where measures may be known from one side only.
    pub fn judge_censored(&self, blocks: &[(Bound, Bound)]) -> Result<Finding, SampleError> {
        let scale = self.margin.scale();
        let compared = blocks.iter().map(|&(first, second)| scale.compare(first, second));
        let evidence = Evidence::of(&compared.collect::<Result<Vec<_>, _>>()?, self.standing)?;
        Ok(Finding::of(*self, evidence))
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
