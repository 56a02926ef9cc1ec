//! A number that may be known from one side only, the interval of an estimate, and the level of an interval.

use std::fmt;

use serde::Serialize;

use super::sample::SampleError;
use crate::format::percent;

/// A number that may be known from one side only: a latency of at least the age at which the request was given up, or a
/// ratio with such a latency above or below its line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// This number.
    Exactly(f64),
    /// This number or more.
    AtLeast(f64),
    /// This number or less.
    AtMost(f64),
    /// Any number: both measures of a ratio were given up.
    Unknown,
}

impl Bound {
    /// The logarithm of the ratio of two measures above zero, either of which may be known from one side.
    pub fn log_ratio(measure: Self, reference: Self) -> Result<Self, SampleError> {
        let ((low, high), (least, most)) = (measure.positive_ends()?, reference.positive_ends()?);
        Ok(Self::from_ends(low.ln() - most.ln(), high.ln() - least.ln()))
    }

    /// The difference of two measures, either of which may be known from one side.
    pub fn difference(measure: Self, reference: Self) -> Result<Self, SampleError> {
        let (measure, reference) = (measure.checked()?, reference.checked()?);
        Self::from_ends(measure.least() - reference.most(), measure.most() - reference.least()).checked()
    }

    /// The geometric mean of two measures above zero, either of which may be known from one side.
    pub fn geometric_mean(one: Self, other: Self) -> Result<Self, SampleError> {
        let ((low, high), (least, most)) = (one.positive_ends()?, other.positive_ends()?);
        let lower = low.sqrt() * least.sqrt();
        Ok(Self::from_ends(if lower > 0.0 { lower } else { f64::NEG_INFINITY }, high.sqrt() * most.sqrt()))
    }

    /// The least that it can be; negative infinity where that is open.
    #[must_use]
    pub fn least(self) -> f64 {
        match self {
            Self::Exactly(number) | Self::AtLeast(number) => number,
            Self::AtMost(_) | Self::Unknown => f64::NEG_INFINITY,
        }
    }

    /// The most that it can be; infinity where that is open.
    #[must_use]
    pub fn most(self) -> f64 {
        match self {
            Self::Exactly(number) | Self::AtMost(number) => number,
            Self::AtLeast(_) | Self::Unknown => f64::INFINITY,
        }
    }

    /// The number with its sign changed.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self::from_ends(-self.most(), -self.least())
    }

    /// What is known of a number between these two: it prints as a number only where they are the same.
    pub(super) fn from_ends(least: f64, most: f64) -> Self {
        match (least.is_finite(), most.is_finite()) {
            (true, true) if least.total_cmp(&most).is_eq() => Self::Exactly(least),
            (true, _) => Self::AtLeast(least),
            (false, true) => Self::AtMost(most),
            (false, false) => Self::Unknown,
        }
    }

    /// The number, where it is known.
    pub(super) fn known(self) -> Option<f64> {
        match self {
            Self::Exactly(number) => Some(number),
            Self::AtLeast(_) | Self::AtMost(_) | Self::Unknown => None,
        }
    }

    /// Refuses what is not a number, and infinities: they are not measured.
    pub(super) fn checked(self) -> Result<Self, SampleError> {
        match self {
            Self::Exactly(number) | Self::AtLeast(number) | Self::AtMost(number) if !number.is_finite() => {
                Err(SampleError::NotFinite(number))
            }
            Self::Exactly(_) | Self::AtLeast(_) | Self::AtMost(_) | Self::Unknown => Ok(self),
        }
    }

    /// The ends of what is above zero.
    fn positive_ends(self) -> Result<(f64, f64), SampleError> {
        match self.checked()? {
            Self::Exactly(number) | Self::AtLeast(number) | Self::AtMost(number) if number <= 0.0 => {
                Err(SampleError::NotPositive(number))
            }
            known => Ok((known.least().max(0.0), known.most())),
        }
    }
}

/// From `lower` to `upper`, both within, with the level that it truly has.
///
/// The ends are finite, except where censored values leave one open: then it is infinite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// In the unit of the sample.
    pub lower: f64,
    /// In the unit of the sample; at least `lower`.
    pub upper: f64,
    /// The level of the exact test that it inverts, as a share: at least the level that was asked for, and above it as far
    /// as so few blocks are coarse.
    pub achieved: f64,
}

impl Interval {
    /// Whether the value lies within; the ends do.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Whether all of it lies above the value.
    #[must_use]
    pub fn is_above(&self, value: f64) -> bool {
        self.lower > value
    }

    /// Whether all of it lies nearer to zero than `bound`, or as near.
    #[must_use]
    pub fn is_within(&self, bound: f64) -> bool {
        -bound <= self.lower && self.upper <= bound
    }

    /// The interval, seen from the side from which its upper end lies farthest from zero.
    #[must_use]
    pub fn farthest_above(&self) -> Self {
        if self.upper.abs() >= self.lower.abs() { *self } else { self.mirrored() }
    }

    /// The same interval seen from the other side: of the reference against the measure.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self { lower: -self.upper, upper: -self.lower, achieved: self.achieved }
    }
}

/// The level of an interval, kept as what may fall outside: alpha, above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct Level {
    alpha: f64,
}

impl Level {
    /// 90 %: two one-sided tests at 5 % each, which is how equivalence is shown.
    pub const NINETY: Self = Self { alpha: 0.10 };
    /// 95 %.
    pub const NINETY_FIVE: Self = Self { alpha: 0.05 };

    /// The level that leaves `alpha` outside; `None` unless it lies above 0 and below 1.
    #[must_use]
    pub fn leaving(alpha: f64) -> Option<Self> {
        (alpha > 0.0 && alpha < 1.0).then_some(Self { alpha })
    }

    /// The same level for each of `rows` that are judged together (Bonferroni): alpha is divided among them. No row
    /// counts as one.
    #[must_use]
    pub fn shared_among(self, rows: usize) -> Self {
        Self { alpha: self.alpha / rows.max(1) as f64 }
    }

    /// What may fall outside, on both sides together.
    #[must_use]
    pub fn alpha(self) -> f64 {
        self.alpha
    }

    /// The share that is to be covered: 0.95 for 95 %.
    #[must_use]
    pub fn coverage(self) -> f64 {
        1.0 - self.alpha
    }

    /// The least number of blocks at which an exact signed-rank or order-statistic interval reaches this level: the widest
    /// such interval, from least to greatest, leaves 2 of 2^n.
    #[must_use]
    pub fn least_blocks(self) -> usize {
        let mut outside = 1.0;
        let mut blocks = 1;
        while outside > self.alpha {
            outside /= 2.0;
            blocks += 1;
        }
        blocks
    }
}

impl fmt::Display for Level {
    /// As a percentage with at most two decimals: `95 %`, `98.33 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&percent(self.coverage()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_open_where_a_measure_is() {
        let ratio = |measure, reference| Bound::log_ratio(measure, reference).unwrap();
        let (two, one) = (Bound::Exactly(2.0), Bound::Exactly(1.0));
        let ln2 = 2.0_f64.ln();
        assert_eq!(ratio(two, one), Bound::Exactly(ln2));
        assert_eq!(ratio(Bound::AtLeast(2.0), one), Bound::AtLeast(ln2));
        assert_eq!(ratio(one, Bound::AtLeast(2.0)), Bound::AtMost(-ln2));
        assert_eq!(ratio(Bound::AtLeast(2.0), Bound::AtLeast(1.0)), Bound::Unknown);
        assert_eq!(ratio(Bound::Unknown, one), Bound::Unknown);
    }

    #[test]
    fn a_mean_is_open_where_a_measure_is() {
        let mean = |one, other| Bound::geometric_mean(one, other).unwrap();
        assert_eq!(mean(Bound::Exactly(4.0), Bound::Exactly(9.0)), Bound::Exactly(6.0));
        assert_eq!(mean(Bound::AtLeast(4.0), Bound::Exactly(9.0)), Bound::AtLeast(6.0));
        assert_eq!(mean(Bound::AtMost(4.0), Bound::Exactly(9.0)), Bound::AtMost(6.0));
        assert_eq!(mean(Bound::AtMost(4.0), Bound::AtLeast(9.0)), Bound::Unknown);
        assert!(Bound::geometric_mean(Bound::Exactly(0.0), Bound::Exactly(9.0)).is_err());
    }

    #[test]
    fn what_has_no_logarithm_is_refused() {
        let error = Bound::log_ratio(Bound::Exactly(0.0), Bound::Exactly(1.0));
        assert_eq!(error, Err(SampleError::NotPositive(0.0)));
        let error = Bound::log_ratio(Bound::Exactly(1.0), Bound::Exactly(-2.0));
        assert_eq!(error, Err(SampleError::NotPositive(-2.0)));
        let error = Bound::log_ratio(Bound::Exactly(1.0), Bound::AtLeast(f64::INFINITY));
        assert_eq!(error, Err(SampleError::NotFinite(f64::INFINITY)));
        let error = Bound::log_ratio(Bound::Exactly(1.0), Bound::Exactly(f64::NAN));
        assert!(matches!(error, Err(SampleError::NotFinite(_))));
    }

    #[test]
    fn exchanging_the_two_changes_the_sign_alone() {
        let ratio = |a, b| Bound::log_ratio(Bound::Exactly(a), Bound::Exactly(b)).unwrap();
        assert_eq!(ratio(3.0, 7.0), ratio(7.0, 3.0).mirrored());
        assert!((ratio(3.0, 7.0).least().exp() - 3.0 / 7.0).abs() < 1e-15);
    }

    #[test]
    fn small_alphas_need_more_blocks() {
        let least = |rows| Level::NINETY_FIVE.shared_among(rows).least_blocks();
        // 2^(1-n) <= alpha: 1/32 for 0.05, 1/64 for 0.0167, 1/128 for 0.0083, 1/512 for 0.0025.
        assert_eq!([least(1), least(3), least(6), least(20)], [6, 7, 8, 10]);
        assert_eq!(Level::NINETY.least_blocks(), 5);
    }

    #[test]
    fn levels_are_shares() {
        for alpha in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(Level::leaving(alpha), None);
        }
        assert_eq!(Level::NINETY_FIVE.shared_among(3).to_string(), "98.33 %");
        assert_eq!(Level::NINETY.to_string(), "90 %");
    }
}
