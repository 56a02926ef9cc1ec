//! The exact Mann-Whitney rank-sum test, for blocks that are not paired.

use super::{
    interval::{Bound, Interval, Level},
    question::{Evidence, Method, Scale, Standing},
    sample::{Sample, SampleError},
};

/// Two sets of blocks that are not paired, such as those of two run directories: the exact Mann-Whitney test of them, inverted.
///
/// The shift between them is estimated by the median of all differences of one of each (Hodges and Lehmann, 1963), and its
/// interval goes from the k-th least to the k-th greatest of these differences, k by the exact distribution of the
/// Mann-Whitney statistic without ties; with ties the interval covers at least as much. Blocks that are known from one side
/// only make differences that are; an end prints as a number where it is the same for all that they can be.
pub struct TwoSamples {
    sizes: (usize, usize),
    /// The least that the differences can be, ascending.
    least: Vec<f64>,
    /// The most that they can be, ascending.
    most: Vec<f64>,
}

impl TwoSamples {
    /// The first against the second, on this scale: log-ratios, or differences.
    pub fn of(first: &[Bound], second: &[Bound], scale: Scale) -> Result<Self, SampleError> {
        match (first.len(), second.len()) {
            (0, _) | (_, 0) => return Err(SampleError::Empty),
            (one, other) if one.max(other) > Sample::LIMIT => return Err(SampleError::TooMany(one.max(other))),
            _ => {}
        }
        let pairs = first.iter().flat_map(|one| second.iter().map(|other| scale.compare(*one, *other)));
        let differences = pairs.collect::<Result<Vec<Bound>, _>>()?;
        let sorted = |end: fn(Bound) -> f64| {
            let mut ends: Vec<f64> = differences.iter().map(|one| end(*one) + 0.0).collect();
            ends.sort_by(f64::total_cmp);
            ends
        };
        Ok(Self { sizes: (first.len(), second.len()), least: sorted(Bound::least), most: sorted(Bound::most) })
    }

    /// The median of all differences.
    #[must_use]
    pub fn estimate(&self) -> Bound {
        let count = self.least.len();
        let middle = |ends: &[f64]| f64::midpoint(ends[(count - 1) / 2], ends[count / 2]);
        Bound::from_ends(middle(&self.least), middle(&self.most))
    }

    /// The interval of the shift at this level; `None` where so few blocks cannot reach it.
    #[must_use]
    pub fn interval(&self, level: Level) -> Option<Interval> {
        let cumulated = self.cumulated();
        let rank = cumulated.iter().take_while(|&&outside| 2.0 * outside <= level.alpha()).count();
        let outside = cumulated.get(rank.checked_sub(1)?)?;
        Some(Interval {
            lower: self.least[rank - 1],
            upper: self.most[self.most.len() - rank],
            achieved: 1.0 - 2.0 * outside,
        })
    }

    /// The two-sided p of no shift; `None` where a difference is zero or known from one side only, as the distribution without
    /// ties does not hold then.
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        let is_open = |(least, most): (&f64, &f64)| least.total_cmp(most).is_ne() || *least == 0.0;
        if self.least.iter().zip(&self.most).any(is_open) {
            return None;
        }
        let above = self.least.iter().filter(|difference| **difference > 0.0).count();
        let extreme = above.min(self.least.len() - above);
        Some((2.0 * self.cumulated()[extreme]).min(1.0))
    }

    /// What they say, for a row of this standing. Its blocks are those of the smaller set.
    #[must_use]
    pub fn evidence(&self, standing: Standing) -> Evidence {
        let range = (self.least[0], self.most[self.most.len() - 1]);
        Evidence {
            blocks: self.sizes.0.min(self.sizes.1),
            method: Method::MannWhitney,
            estimate: self.estimate(),
            level: standing.level(),
            interval: self.interval(standing.level()),
            equivalence: self.interval(standing.equivalence_level()),
            p: self.p_value(),
            range,
        }
    }

    /// The probabilities that at most 0, 1, 2, ... differences lie above zero, if there is no shift. In a set of m and one of
    /// n, the greatest of all is of the first with m chances in m + n, and above all n of the second then.
    fn cumulated(&self) -> Vec<f64> {
        let (first, second) = self.sizes;
        // By how many are left of the second; this row has none of the first.
        let mut row: Vec<Vec<f64>> = vec![vec![1.0]; second + 1];
        for m in 1..=first {
            let mut next: Vec<Vec<f64>> = vec![vec![1.0]];
            for n in 1..=second {
                let share = m as f64 / (m + n) as f64;
                let mut probabilities = vec![0.0; m * n + 1];
                for (count, probability) in row[n].iter().enumerate() {
                    probabilities[count + n] += share * probability;
                }
                for (count, probability) in next[n - 1].iter().enumerate() {
                    probabilities[count] += (1.0 - share) * probability;
                }
                next.push(probabilities);
            }
            row = next;
        }
        let mut below = 0.0;
        row[second]
            .iter()
            .map(|probability| {
                below += probability;
                below
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Unit;

    const DIFFERENCE: Scale = Scale::Difference(Unit::Us);

    fn known(numbers: &[f64]) -> Vec<Bound> {
        numbers.iter().copied().map(Bound::Exactly).collect()
    }

    fn of_sizes(first: usize, second: usize) -> TwoSamples {
        let numbers =
            |count: usize, step: f64| (0..count).map(|index| Bound::Exactly(index as f64 * step)).collect::<Vec<_>>();
        TwoSamples::of(&numbers(first, 1.0), &numbers(second, 1.01), DIFFERENCE).unwrap()
    }

    #[test]
    fn tabulated_critical_values() {
        // Mann and Whitney's test, two-sided at 5 %: the greatest statistic that rejects, as tables have it.
        for (first, second, critical) in [(5, 5, 2), (7, 7, 8), (7, 10, 14), (10, 10, 23), (4, 6, 2), (20, 20, 127)] {
            let cumulated = of_sizes(first, second).cumulated();
            assert!(2.0 * cumulated[critical] <= 0.05 && 2.0 * cumulated[critical + 1] > 0.05, "{first}, {second}");
            let last = cumulated.last().unwrap();
            assert!((last - 1.0).abs() < 1e-12, "{last}");
        }
    }

    #[test]
    fn all_orders_of_few_by_counting() {
        // Each way to choose which 4 of 9 ranks are of the first; counted are pairs in which the first is greater.
        let (first, all) = (4_u32, 9_u32);
        let mut ways = [0_u32; 4 * 5 + 1];
        for chosen in (0_u32..1 << all).filter(|chosen| chosen.count_ones() == first) {
            let below = |rank: u32| (0..rank).filter(|other| chosen & (1 << other) == 0).count();
            ways[(0..all).filter(|rank| chosen & (1 << rank) != 0).map(below).sum::<usize>()] += 1;
        }
        let of = f64::from(ways.iter().sum::<u32>());
        let mut below = 0;
        for (count, probability) in of_sizes(4, 5).cumulated().iter().enumerate() {
            below += ways[count];
            assert!((probability - f64::from(below) / of).abs() < 1e-12, "{count}");
        }
    }

    #[test]
    fn three_against_three_by_hand() {
        let samples = TwoSamples::of(&known(&[11.0, 12.0, 14.0]), &known(&[1.0, 3.0, 8.0]), DIFFERENCE).unwrap();
        // Differences 3 4 6 8 9 10 11 11 13.
        assert_eq!(samples.estimate(), Bound::Exactly(9.0));
        assert!((samples.p_value().unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(samples.interval(Level::NINETY_FIVE), None);
        let interval = samples.interval(Level::NINETY).unwrap();
        assert_eq!((interval.lower.to_bits(), interval.upper.to_bits()), (3.0_f64.to_bits(), 13.0_f64.to_bits()));
    }

    #[test]
    fn blocks_given_up_leave_the_end_open() {
        let mut first = known(&[11.0, 12.0, 13.0, 14.0, 15.0]);
        first.push(Bound::AtLeast(50.0));
        let second = known(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let samples = TwoSamples::of(&first, &second, DIFFERENCE).unwrap();
        assert_eq!(samples.p_value(), None);
        let interval = samples.interval(Level::NINETY_FIVE).unwrap();
        // One in six of the differences is open above; at 95 % five of 36 are left out, and the sixth is open.
        assert!(interval.lower > 0.0 && interval.upper.is_infinite());
        assert!(TwoSamples::of(&[], &second, DIFFERENCE).is_err());
    }
}
