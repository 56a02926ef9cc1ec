use serde::Serialize;
use thiserror::Error;

/// The natural logarithm of a ratio of two positive measures: finite.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct LogRatio(f64);

/// The difference of two measures, in their unit: finite.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct Difference(f64);

/// What a set of blocks says of one metric: one finite number per block, in ascending order, at least one of them.
///
/// The numbers are log-ratios or differences, never both; what holds for the one holds for the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    ascending: Vec<f64>,
}

/// Why numbers are no sample.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum SampleError {
    /// A ratio needs two measures above zero.
    #[error("{0} is not a positive number, so it has no ratio: compare differences instead, or exclude the run")]
    NotPositive(f64),
    /// Not a number, or infinite.
    #[error("{0} is not a finite number: exclude the run, or count it as censored")]
    NotFinite(f64),
    /// Nothing was measured.
    #[error("there is no block: measure at least one")]
    Empty,
    /// More than `Sample::LIMIT` blocks.
    #[error("{0} blocks are more than the {limit} that are worked out exactly", limit = Sample::LIMIT)]
    TooMany(usize),
}

impl LogRatio {
    /// `ln(measure / reference)`: above zero where `measure` is the larger. Exchanging the two only changes the sign.
    pub fn of(measure: f64, reference: f64) -> Result<Self, SampleError> {
        Ok(Self(positive(measure)?.ln() - positive(reference)?.ln()))
    }

    /// The logarithm itself.
    #[must_use]
    pub fn ln(self) -> f64 {
        self.0
    }

    /// The ratio.
    #[must_use]
    pub fn ratio(self) -> f64 {
        self.0.exp()
    }
}

impl Difference {
    /// `measure - reference`.
    pub fn of(measure: f64, reference: f64) -> Result<Self, SampleError> {
        Ok(Self(finite(finite(measure)? - finite(reference)?)?))
    }

    /// The difference, in the unit of the measures.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

impl Sample {
    /// Five times the blocks of the longest plan; tied samples of this size still take well below a second.
    pub const LIMIT: usize = 100;

    /// Any finite numbers.
    pub fn new(mut values: Vec<f64>) -> Result<Self, SampleError> {
        match values.len() {
            0 => return Err(SampleError::Empty),
            blocks if blocks > Self::LIMIT => return Err(SampleError::TooMany(blocks)),
            _ => {}
        }
        for value in &mut values {
            // The sum turns -0.0 into 0.0, which total_cmp would tell apart.
            *value = finite(*value)? + 0.0;
        }
        values.sort_by(f64::total_cmp);
        Ok(Self { ascending: values })
    }

    /// The log-ratios of each block's two measures, first over second.
    pub fn of_ratios(blocks: &[(f64, f64)]) -> Result<Self, SampleError> {
        let ratios = blocks.iter().map(|&(measure, reference)| LogRatio::of(measure, reference).map(LogRatio::ln));
        Self::new(ratios.collect::<Result<_, _>>()?)
    }

    /// The differences of each block's two measures, first minus second.
    pub fn of_differences(blocks: &[(f64, f64)]) -> Result<Self, SampleError> {
        let differences = blocks.iter().map(|&(measure, reference)| Difference::of(measure, reference));
        Self::new(differences.map(|difference| difference.map(Difference::value)).collect::<Result<_, _>>()?)
    }

    /// The numbers in ascending order.
    #[must_use]
    pub fn ascending(&self) -> &[f64] {
        &self.ascending
    }

    /// How many blocks there are: at least one.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.ascending.len()
    }

    /// The least and the greatest number.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        (self.ascending[0], self.ascending[self.ascending.len() - 1])
    }
}

fn positive(value: f64) -> Result<f64, SampleError> {
    if finite(value)? > 0.0 { Ok(value) } else { Err(SampleError::NotPositive(value)) }
}

fn finite(value: f64) -> Result<f64, SampleError> {
    if value.is_finite() { Ok(value) } else { Err(SampleError::NotFinite(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_ratio_is_refused() {
        assert_eq!(LogRatio::of(0.0, 1.0), Err(SampleError::NotPositive(0.0)));
        assert_eq!(LogRatio::of(1.0, -2.0), Err(SampleError::NotPositive(-2.0)));
        assert_eq!(LogRatio::of(f64::INFINITY, 1.0), Err(SampleError::NotFinite(f64::INFINITY)));
        assert!(matches!(LogRatio::of(1.0, f64::NAN), Err(SampleError::NotFinite(_))));
        assert!(matches!(Difference::of(f64::MAX, -f64::MAX), Err(SampleError::NotFinite(_))));
        assert_eq!(Difference::of(2.0, 3.5).map(Difference::value), Ok(-1.5));
    }

    #[test]
    fn a_sample_is_sorted_and_neither_empty_nor_endless() {
        assert_eq!(Sample::new(Vec::new()), Err(SampleError::Empty));
        assert_eq!(Sample::new(vec![0.0; 101]), Err(SampleError::TooMany(101)));
        let sample = Sample::of_differences(&[(3.0, 1.0), (1.0, 1.0), (0.0, 4.0)]).unwrap();
        assert_eq!(sample.ascending(), [-4.0, 0.0, 2.0]);
        assert_eq!(sample.range(), (-4.0, 2.0));
    }

    #[test]
    fn exchanging_the_two_changes_the_sign_alone() {
        let ratio = |a, b| LogRatio::of(a, b).unwrap();
        assert_eq!(ratio(3.0, 7.0).ln().to_bits(), (-ratio(7.0, 3.0).ln()).to_bits());
        assert!((ratio(3.0, 7.0).ratio() - 3.0 / 7.0).abs() < 1e-15);
    }
}
