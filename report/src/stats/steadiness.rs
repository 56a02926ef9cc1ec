use serde::Serialize;

/// By how much the last third may differ from the middle third (METHOD 2.1).
const TOLERANCE: f64 = 0.10;

/// Whether a run kept its pace, from what it completed in each of its equal slices of time: seconds, or tenths of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "pace")]
pub enum Steadiness {
    /// The last third differs from the middle third by at most 10 % of it.
    Steady {
        /// The last third over the middle third, minus 1.
        change: f64,
    },
    /// It differs by more: the run says so.
    NotSteady {
        /// The last third over the middle third, minus 1; infinite where nothing was completed in the middle.
        change: f64,
    },
    /// There are fewer than three slices, or nothing was completed in the last two thirds.
    NothingToCompare,
}

impl Steadiness {
    /// Compares the last third of the slices with as many before them; what does not divide by three is left to the first.
    #[must_use]
    pub fn of(completed: &[u64]) -> Self {
        let third = completed.len() / 3;
        let (before, last) = completed.split_at(completed.len() - third);
        let middle = &before[before.len() - third..];
        match (middle.iter().sum::<u64>(), last.iter().sum::<u64>()) {
            (0, 0) => Self::NothingToCompare,
            (middle, last) => Self::from_change((last as f64 - middle as f64) / middle as f64),
        }
    }

    fn from_change(change: f64) -> Self {
        // A change of exactly 10 % must not fail by the last digit of a quotient.
        if change.abs() <= TOLERANCE + 1e-12 { Self::Steady { change } } else { Self::NotSteady { change } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_third_against_the_middle_third() {
        assert_eq!(Steadiness::of(&[1, 50, 50, 50, 55, 55]), Steadiness::Steady { change: 0.1 });
        assert_eq!(Steadiness::of(&[900, 100, 100, 100, 100, 100]), Steadiness::Steady { change: 0.0 });
        assert_eq!(Steadiness::of(&[0, 0, 100, 100, 100, 125]), Steadiness::NotSteady { change: 0.125 });
    }

    #[test]
    fn what_does_not_divide_is_warm_up() {
        // Seven slices: the first three are the first third.
        assert_eq!(Steadiness::of(&[0, 0, 9, 10, 10, 10, 10]), Steadiness::Steady { change: 0.0 });
    }

    #[test]
    fn runs_that_stop_or_start_are_not_steady() {
        assert_eq!(Steadiness::of(&[5, 5, 0]), Steadiness::NotSteady { change: -1.0 });
        assert_eq!(Steadiness::of(&[5, 0, 5]), Steadiness::NotSteady { change: f64::INFINITY });
    }

    #[test]
    fn nothing_is_neither() {
        for slices in [&[][..], &[7, 7][..], &[7, 0, 0][..]] {
            assert_eq!(Steadiness::of(slices), Steadiness::NothingToCompare);
        }
    }
}
