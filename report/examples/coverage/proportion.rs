//! A share of so many trials, with its interval.

use report::stats::{Interval, Level};
use statrs::distribution::{ContinuousCDF, Normal};

/// How many of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proportion {
    hits: u64,
    trials: u64,
}

impl Proportion {
    /// `hits` of `trials`; `None` unless there is a trial, and no more hits than trials.
    pub(crate) fn of(hits: u64, trials: u64) -> Option<Self> {
        (trials > 0 && hits <= trials).then_some(Self { hits, trials })
    }

    /// The share, from 0 to 1.
    pub(crate) fn share(self) -> f64 {
        self.hits as f64 / self.trials as f64
    }

    /// The score interval (Wilson, "Probable inference, the law of succession, and statistical inference", 1927), without
    /// continuity correction: its level holds on average over the share, not for each.
    pub(crate) fn wilson(self, level: Level) -> Interval {
        let z = Normal::standard().inverse_cdf(1.0 - level.alpha() / 2.0);
        let (share, n) = (self.share(), self.trials as f64);
        let shrink = 1.0 / (1.0 + z * z / n);
        let centre = shrink * (share + z * z / (2.0 * n));
        let half = shrink * z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
        // Rounding alone would leave a sliver beside a share of none or all.
        let lower = if self.hits == 0 { 0.0 } else { centre - half };
        let upper = if self.hits == self.trials { 1.0 } else { centre + half };
        Interval { lower, upper, achieved: level.coverage() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_example() {
        // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I.
        for (hits, trials, lower, upper) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let interval = Proportion::of(hits, trials).unwrap().wilson(Level::NINETY_FIVE);
            assert!((interval.lower - lower).abs() < 5e-5 && (interval.upper - upper).abs() < 5e-5, "{interval:?}");
        }
    }

    #[test]
    fn none_of_none_is_no_share() {
        assert_eq!(Proportion::of(0, 0), None);
        assert_eq!(Proportion::of(3, 2), None);
    }
}
