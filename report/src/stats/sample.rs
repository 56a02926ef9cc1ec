use serde::Serialize;
use thiserror::Error;

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

    /// The differences of each block's two measures, first minus second.
    pub fn of_differences(blocks: &[(f64, f64)]) -> Result<Self, SampleError> {
        let difference = |&(measure, reference): &(f64, f64)| finite(finite(measure)? - finite(reference)?);
        Self::new(blocks.iter().map(difference).collect::<Result<_, _>>()?)
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

fn finite(value: f64) -> Result<f64, SampleError> {
    if value.is_finite() { Ok(value) } else { Err(SampleError::NotFinite(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_refused() {
        assert!(matches!(Sample::of_differences(&[(f64::MAX, -f64::MAX)]), Err(SampleError::NotFinite(_))));
        assert!(matches!(Sample::new(vec![1.0, f64::NAN]), Err(SampleError::NotFinite(_))));
    }

    #[test]
    fn a_sample_is_sorted_and_neither_empty_nor_endless() {
        assert_eq!(Sample::new(Vec::new()), Err(SampleError::Empty));
        assert_eq!(Sample::new(vec![0.0; 101]), Err(SampleError::TooMany(101)));
        let sample = Sample::of_differences(&[(3.0, 1.0), (1.0, 1.0), (0.0, 4.0)]).unwrap();
        assert_eq!(sample.ascending(), [-4.0, 0.0, 2.0]);
        assert_eq!(sample.range(), (-4.0, 2.0));
    }
}
