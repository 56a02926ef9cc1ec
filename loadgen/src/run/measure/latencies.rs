use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Serializer, V2DeflateSerializer},
};

use crate::result::{KnownTimes, Latency, Percentiles, Quantile};

/// A percentile needs so many samples above it (METHOD 1.5).
const ABOVE: u64 = 10;

/// Latencies with their censored members.
#[derive(Debug)]
pub struct Latencies {
    finished: Histogram<u64>,
    /// The finished ones and the censored ones at their ages.
    at_ages: Histogram<u64>,
}

impl Latencies {
    /// Latencies in nanoseconds of requests that were answered, and ages of those that were not.
    #[must_use]
    pub fn new(finished: &Histogram<u64>, censored: &Histogram<u64>) -> Self {
        let mut at_ages = finished.clone();
        at_ages.add(censored).unwrap_or_else(|_| unreachable!("all histograms have the same bounds"));
        Self { finished: finished.clone(), at_ages }
    }

    /// Latencies of which none is censored.
    pub(crate) fn known(finished: &Histogram<u64>) -> Self {
        Self { finished: finished.clone(), at_ages: finished.clone() }
    }

    /// The value that `per_million` of a million samples do not exceed, as a number only where it needs no guess about
    /// the censored ones.
    #[must_use]
    pub fn quantile(&self, per_million: u64) -> Quantile {
        let all = self.at_ages.len();
        let rank = rank(all, per_million);
        if all - rank < ABOVE {
            return Quantile::TooFew;
        }
        let low = at_rank(&self.at_ages, rank);
        // With the censored ones at infinity the finished ones stand first.
        if rank <= self.finished.len() && at_rank(&self.finished, rank) == low {
            return Quantile::Exactly(low as f64 / 1e3);
        }
        Quantile::AtLeast(low as f64 / 1e3)
    }

    /// The greatest of all: at least so much where any is censored.
    #[must_use]
    pub fn max(&self) -> Quantile {
        let us = self.at_ages.max() as f64 / 1e3;
        match self.at_ages.len() {
            0 => Quantile::TooFew,
            all if all == self.finished.len() => Quantile::Exactly(us),
            _ => Quantile::AtLeast(us),
        }
    }

    /// What these would look like if failed requests were dropped: too good. For showing how wrong that is.
    pub(crate) fn without_failures(&self) -> Self {
        Self::known(&self.finished)
    }

    /// Requests, answered or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.at_ages.len()
    }

    fn percentiles(&self) -> Percentiles {
        Percentiles::each(|per_million| self.quantile(per_million))
    }

    /// The latencies as a result tells of them.
    pub(crate) fn written(&self) -> Latency {
        Latency {
            count: self.count(),
            answered: self.finished.len(),
            percentiles: self.percentiles(),
            max: self.max(),
            hdr: hdr(&self.finished),
        }
    }
}

/// Times of which none is censored, as a result tells of them.
pub(crate) fn known(times: &Histogram<u64>) -> KnownTimes {
    let known = Latencies::known(times);
    KnownTimes { count: known.count(), percentiles: known.percentiles(), max: known.max(), hdr: hdr(times) }
}

/// `HdrHistogram`'s V2 encoding, deflated, in base64; values are nanoseconds.
fn hdr(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    match V2DeflateSerializer::new().serialize(histogram, &mut bytes) {
        Ok(_) => STANDARD.encode(bytes),
        Err(_) => unreachable!("a vector takes all bytes and the counts fit"),
    }
}

/// The least number of samples that are `per_million` of them all; at least 1 where there is any.
fn rank(all: u64, per_million: u64) -> u64 {
    let share = u128::from(all) * u128::from(per_million);
    u64::try_from(share.div_ceil(1_000_000)).unwrap_or(u64::MAX).clamp(u64::from(all > 0), all)
}

/// The value of the sample of this rank, from 1. Counted out, so that no rounding of a quotient moves the rank.
fn at_rank(histogram: &Histogram<u64>, rank: u64) -> u64 {
    let mut seen = 0;
    for step in histogram.iter_recorded() {
        seen += step.count_at_value();
        if seen >= rank {
            return histogram.highest_equivalent(step.value_iterated_to());
        }
    }
    histogram.max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::measure::Precise;

    fn of(finished: impl IntoIterator<Item = u64>, censored: impl IntoIterator<Item = u64>) -> Latencies {
        let fill = |values: &mut dyn Iterator<Item = u64>| {
            let mut filled = Precise::histogram();
            values.for_each(|us| filled.record(us * 1_000).unwrap());
            filled
        };
        Latencies::new(&fill(&mut finished.into_iter()), &fill(&mut censored.into_iter()))
    }

    fn near(quantile: Quantile, us: f64) -> bool {
        matches!(quantile, Quantile::Exactly(found) if (found / us - 1.0).abs() < 0.001)
    }

    #[test]
    fn ranks_are_those_of_the_definition() {
        assert_eq!(rank(100, 500_000), 50);
        assert_eq!(rank(101, 500_000), 51);
        assert_eq!(rank(1_000, 999_000), 999);
        assert_eq!(rank(0, 500_000), 0);
        assert_eq!(rank(1, 1), 1);
    }

    #[test]
    fn percentiles_of_a_hundred_answers_are_theirs() {
        let latencies = of(1..=100, []);
        assert!(near(latencies.quantile(500_000), 50.0));
        assert!(near(latencies.quantile(900_000), 90.0));
        // Nine samples lie above the 91st.
        assert_eq!(latencies.quantile(910_000), Quantile::TooFew);
        assert!(near(latencies.max(), 100.0));
    }

    #[test]
    fn failures_above_a_percentile_leave_it_a_number() {
        // 90 answers from 1 to 90 ms, ten failed at the age of 5 s: the median is the 50th of 100 either way.
        let latencies = of((1..=90).map(|ms| ms * 1_000), [5_000_000; 10]);
        assert!(near(latencies.quantile(500_000), 50_000.0));
        assert!(near(latencies.quantile(900_000), 90_000.0));
        assert!(matches!(latencies.max(), Quantile::AtLeast(us) if us > 4_990_000.0));
    }

    #[test]
    fn failures_at_or_below_a_percentile_turn_it_into_a_bound() {
        // Ten failed after 1 ms each (a reset): at their ages the median is the 40th answer, at infinity the 50th.
        let latencies = of((1..=90).map(|ms| ms * 1_000), [1_000; 10]);
        assert!(matches!(latencies.quantile(500_000), Quantile::AtLeast(us) if (us / 40_000.0 - 1.0).abs() < 0.001));
        // Half of the requests failed late: at the 60th percentile nobody knows.
        let latencies = of((1..=50).map(|ms| ms * 1_000), [5_000_000; 50]);
        assert!(matches!(latencies.quantile(600_000), Quantile::AtLeast(us) if us > 4_990_000.0));
        assert!(near(latencies.quantile(500_000), 50_000.0));
    }

    #[test]
    fn failures_do_not_flatter() {
        // Dropped, the failures would leave a 90th percentile of 9 ms.
        let latencies = of((1..=100).map(|n| n * 100), [10_000; 100]);
        assert!(matches!(latencies.quantile(900_000), Quantile::AtLeast(us) if us > 9_900.0));
    }
}
