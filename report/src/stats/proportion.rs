//! A share of so many trials, with its interval.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::interval::{Interval, Level};

/// How many of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Proportion {
    hits: u64,
    trials: u64,
}

impl Proportion {
    /// `hits` of `trials`; `None` unless there is a trial, and no more hits than trials.
    #[must_use]
    pub fn of(hits: u64, trials: u64) -> Option<Self> {
        (trials > 0 && hits <= trials).then_some(Self { hits, trials })
    }

    /// The share, from 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        self.hits as f64 / self.trials as f64
    }

    /// The score interval (Wilson, "Probable inference, the law of succession, and statistical inference", 1927), without
    /// continuity correction: its level holds on average over the share, not for each.
    #[must_use]
    pub fn wilson(self, level: Level) -> Interval {
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

    /// How many of how many.
    #[must_use]
    pub fn counts(self) -> (u64, u64) {
        (self.hits, self.trials)
    }

    /// The interval of this share less another of other trials: Newcombe's, from the score intervals of both ("Interval
    /// estimation for the difference between independent proportions", 1998, method 10).
    #[must_use]
    pub fn less(self, other: Self, level: Level) -> Interval {
        let (own, others) = (self.wilson(level), other.wilson(level));
        let (share, reference) = (self.share(), other.share());
        let difference = share - reference;
        Interval {
            lower: difference - (share - own.lower).hypot(others.upper - reference),
            upper: difference + (own.upper - share).hypot(reference - others.lower),
            achieved: level.coverage(),
        }
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
    fn a_published_difference() {
        // Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998),
        // table II, method 10: 56/70 less 48/80, 9/10 less 3/10, 10/10 less 0/20.
        for (one, other, lower, upper) in
            [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 20), 0.6791, 1.0)]
        {
            let [one, other] = [one, other].map(|(hits, trials)| Proportion::of(hits, trials).unwrap());
            let interval = one.less(other, Level::NINETY_FIVE);
            assert!((interval.lower - lower).abs() < 5e-5 && (interval.upper - upper).abs() < 5e-5, "{interval:?}");
        }
    }

    #[test]
    fn none_of_none_is_no_share() {
        assert_eq!(Proportion::of(0, 0), None);
        assert_eq!(Proportion::of(3, 2), None);
    }
}
