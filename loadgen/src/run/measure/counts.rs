use std::ops::AddAssign;

use hdrhistogram::{Counter, Histogram};

/// The longest time that is told apart, in nanoseconds: an hour.
const LONGEST_NS: u64 = 3_600_000_000_000;

/// Counts of times, laid out as `HdrHistogram` lays them out for the lowest value 1, so that they convert without loss:
/// values up to 2^(`HALF_BITS` + 1) each have a place, and every octave above has 2^`HALF_BITS` of them. 10 is three
/// significant digits, 7 is two.
///
/// `Histogram::record` also keeps sum, least and greatest with saturating arithmetic, and is called six times a request;
/// adding one to a number at a computed place takes a third of the time (`benches/recording.rs`). All else (quantiles,
/// serialising) is the histogram's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts<const HALF_BITS: u32, C> {
    counts: Box<[C]>,
}

/// Three significant digits (METHOD 1.5).
pub(crate) type Precise = Counts<10, u64>;
/// Two, for a chart.
pub(crate) type Coarse = Counts<7, u32>;

impl<const HALF_BITS: u32, C: Counter + AddAssign> Default for Counts<HALF_BITS, C> {
    fn default() -> Self {
        Self { counts: vec![C::zero(); Self::place(LONGEST_NS) + 1].into_boxed_slice() }
    }
}

impl<const HALF_BITS: u32, C: Counter + AddAssign> Counts<HALF_BITS, C> {
    /// Counts a time in nanoseconds; one beyond an hour counts as an hour.
    #[inline]
    pub(crate) fn record(&mut self, ns: u64) {
        let (place, last) = (Self::place(ns), self.counts.len() - 1);
        self.counts[place.min(last)] += C::one();
    }

    /// The place of a value: its leading bits, after the places of all octaves below its own.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "this runs where usize has 64 bits, and places are few")]
    fn place(ns: u64) -> usize {
        let single = (2 << HALF_BITS) - 1;
        let octave = 63 - HALF_BITS - (ns | single).leading_zeros();
        ((octave as usize) << HALF_BITS) + (ns >> octave) as usize
    }

    /// The least value of a place.
    fn value(place: usize) -> u64 {
        let octave = (place >> HALF_BITS).saturating_sub(1);
        let leading = place - (octave << HALF_BITS);
        (leading as u64) << octave
    }

    /// Adds what another one has counted.
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, part) in self.counts.iter_mut().zip(&other.counts) {
            *sum += *part;
        }
    }

    /// The same counts as a histogram.
    pub(crate) fn whole(&self) -> Histogram<C> {
        let mut whole = Self::histogram();
        for (place, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > C::zero()) {
            whole.saturating_record_n(Self::value(place), *count);
        }
        whole
    }

    /// An empty histogram of this layout.
    pub(crate) fn histogram() -> Histogram<C> {
        let digits = if HALF_BITS == 10 { 3 } else { 2 };
        // An hour and these digits are within what the crate can hold; only other bounds make it fail.
        Histogram::new_with_max(LONGEST_NS, digits).unwrap_or_else(|_| unreachable!("constant bounds that are valid"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values of all magnitudes up to an hour.
    fn times() -> impl Strategy<Value = Vec<u64>> {
        let magnitude = (0..42_u32, any::<u64>()).prop_map(|(bits, ns)| ns % (2 << bits));
        prop::collection::vec(magnitude.prop_map(|ns| ns.min(LONGEST_NS)), 0..200)
    }

    fn converts<const HALF_BITS: u32, C: Counter + AddAssign>(times: &[u64]) {
        let (mut counts, mut direct) = (Counts::<HALF_BITS, C>::default(), Counts::<HALF_BITS, C>::histogram());
        for ns in times {
            counts.record(*ns);
            direct.record(*ns).unwrap();
        }
        assert!(counts.whole() == direct, "{times:?}");
        assert_eq!((counts.whole().max(), counts.whole().min()), (direct.max(), direct.min()));
    }

    proptest! {
        #[test]
        fn counts_convert_to_the_histogram_that_they_stand_for(times in times()) {
            converts::<10, u64>(&times);
            converts::<7, u32>(&times);
        }

        #[test]
        fn sums_count_both(first in times(), second in times()) {
            let of = |times: &[u64]| {
                let mut counts = Precise::default();
                for ns in times {
                    counts.record(*ns);
                }
                counts
            };
            let mut sum = of(&first);
            sum.add(&of(&second));
            prop_assert_eq!(sum, of(&[first, second].concat()));
        }
    }

    #[test]
    fn what_is_beyond_an_hour_counts_as_an_hour() {
        let mut counts = Precise::default();
        counts.record(u64::MAX);
        let whole = counts.whole();
        assert!(whole.len() == 1 && whole.equivalent(whole.max(), LONGEST_NS));
    }
}
