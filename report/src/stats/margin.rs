use serde::{Deserialize, Serialize};

use super::{Bound, SampleError};

/// How two measures are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// By their ratio; its logarithm is what is worked with, so that neither side is favoured.
    Ratio,
    /// By their difference, in this unit.
    Difference(Unit),
}

/// What a difference is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Microseconds, of time or of a processor.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Per second.
    PerSecond,
    /// Units of 1,024 bytes.
    Kibibytes,
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

    /// What stands after a number that is shown: `x`, or the unit.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Ratio => "x",
            Self::Difference(Unit::Microseconds) => " µs",
            Self::Difference(Unit::Milliseconds) => " ms",
            Self::Difference(Unit::PerSecond) => " /s",
            Self::Difference(Unit::Kibibytes) => " KiB",
        }
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
            Scale::Ratio => format!("{} %", super::words::percent(self.size)),
            Scale::Difference(_) => format!("{}{}", self.size, self.scale.suffix()),
        }
    }
}
