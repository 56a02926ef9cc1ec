use serde::Serialize;

use super::SampleError;

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
    fn what_has_no_logarithm_is_refused() {
        let error = Bound::log_ratio(Bound::Exactly(0.0), Bound::Exactly(1.0));
        assert_eq!(error, Err(SampleError::NotPositive(0.0)));
        let error = Bound::log_ratio(Bound::Exactly(1.0), Bound::AtLeast(f64::INFINITY));
        assert_eq!(error, Err(SampleError::NotFinite(f64::INFINITY)));
    }
}
