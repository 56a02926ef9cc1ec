use std::time::Duration;

use fastrand::Rng;

use super::delay::Delay;

/// How a search is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is answered after this time.
    IsAnswered(Duration),
    /// It gets a 500 after this time.
    Fails(Duration),
    /// It is never answered.
    Hangs,
}

/// Draws how each search is treated, in the order in which they come.
pub(super) struct FaultInjection {
    pub(super) delay: Delay,
    /// Share of requests that fail, 0 to 1.
    pub(super) error_rate: f64,
    /// Share of requests that hang, 0 to 1; both together are at most 1.
    pub(super) hang_rate: f64,
    pub(super) rng: Rng,
}

impl FaultInjection {
    /// Draws the next one.
    pub(super) fn next(&mut self) -> Treatment {
        let lot = self.rng.f64();
        let delay = self.delay.draw(&mut self.rng);
        if lot < self.hang_rate {
            Treatment::Hangs
        } else if lot < self.hang_rate + self.error_rate {
            Treatment::Fails(delay)
        } else {
            Treatment::IsAnswered(delay)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(seed: u64, error_rate: f64, hang_rate: f64) -> Vec<Treatment> {
        let delay = Delay::Exponential(Duration::from_millis(5));
        let mut faults = FaultInjection { delay, error_rate, hang_rate, rng: Rng::with_seed(seed) };
        (0..10_000).map(|_| faults.next()).collect()
    }

    #[test]
    fn a_seed_decides_all() {
        assert_eq!(faults(1, 0.2, 0.1), faults(1, 0.2, 0.1));
        assert_ne!(faults(1, 0.2, 0.1), faults(2, 0.2, 0.1));
    }

    #[test]
    fn rates_are_kept() {
        let fates_of = |error, hang| {
            let faults = faults(3, error, hang);
            let errors = faults.iter().filter(|treatment| matches!(treatment, Treatment::Fails(_))).count();
            (errors, faults.iter().filter(|treatment| **treatment == Treatment::Hangs).count())
        };
        let (errors, hangs) = fates_of(0.2, 0.1);
        // Five standard deviations: 5 sqrt(10,000 p (1 - p)).
        assert!(errors.abs_diff(2000) < 200 && hangs.abs_diff(1000) < 150, "{errors} {hangs}");
        assert_eq!((fates_of(0.0, 0.0), fates_of(1.0, 0.0), fates_of(0.0, 1.0)), ((0, 0), (10_000, 0), (0, 10_000)));
    }
}
