//! The exact Wilcoxon signed-rank test, for blocks that are paired.

use std::cmp::Ordering;

use super::{
    interval::{Interval, Level},
    sample::Sample,
};

/// The exact Wilcoxon signed-rank test of a sample, and what comes of inverting it: the Hodges-Lehmann estimate and
/// intervals.
///
/// Ties have their mid-ranks, and the distribution is that of these very mid-ranks. A member that equals the tested
/// value keeps its place in the ranking and counts for neither side (Pratt, "Remarks on zeros and ties in the Wilcoxon
/// signed rank procedures", 1959). Wilcoxon drops it before ranking, which moves the others' ranks: his p at a member
/// does not lie between those on either side of it, so that no interval agrees with it.
pub struct SignedRank<'a> {
    ascending: &'a [f64],
    /// The averages of each two members, and each member with itself, in ascending order.
    walsh: Vec<f64>,
    /// The lower half of the distribution between averages, where all members differ: there it is the same anywhere.
    strict: Option<Vec<f64>>,
}

/// Where a sample is tested.
#[derive(Clone, Copy)]
enum Place {
    /// At this value.
    At(f64),
    /// Nearer above this value than any average of two members.
    JustAbove(f64),
}

impl Place {
    /// On which side of the place a member, or an average of two, lies.
    fn side(self, value: f64) -> Ordering {
        match self {
            Self::At(place) => value.total_cmp(&place),
            Self::JustAbove(place) if value > place => Ordering::Greater,
            Self::JustAbove(_) => Ordering::Less,
        }
    }
}

/// The median of the averages of each two members, and each member with itself (Hodges and Lehmann, "Estimates of
/// location based on rank tests", 1963), in the unit of the sample.
#[must_use]
pub fn hodges_lehmann(sample: &Sample) -> f64 {
    SignedRank::of(sample).estimate()
}

impl<'a> SignedRank<'a> {
    /// Prepares the test.
    #[must_use]
    pub fn of(sample: &'a Sample) -> Self {
        let ascending = sample.ascending();
        let strict = is_strict(ascending).then(|| RankSum::without_ties(ascending.len()).lower_half());
        Self { ascending, walsh: walsh(ascending), strict }
    }

    /// The Hodges-Lehmann estimate: the value at which the test is balanced.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        median(&self.walsh)
    }

    /// The two-sided p of "the sample is symmetric about this value": twice the smaller tail, at most 1.
    ///
    /// It is at most 1 - level for any value outside `interval(level)`, and above it for any within; at an end itself it
    /// may be either.
    #[must_use]
    pub fn p_value(&self, value: f64) -> f64 {
        let (below, above, ranks) = ranked(self.ascending, Place::At(value + 0.0));
        (2.0 * ranks.at_most(below.min(above))).min(1.0)
    }

    /// The values that the test does not reject at 1 - level, from the least to the greatest; `None` where so few blocks
    /// cannot reject anything at that level.
    #[must_use]
    pub fn interval(&self, level: Level) -> Option<Interval> {
        if self.ascending.len() < level.least_blocks() {
            return None;
        }
        let mirrored = (mirrored(self.ascending), mirrored(&self.walsh));
        let (lower, below) = self.lower_end(self.ascending, &self.walsh, level);
        let (upper, above) = self.lower_end(&mirrored.0, &mirrored.1, level);
        Some(Interval { lower, upper: 0.0 - upper, achieved: 1.0 - below - above })
    }

    /// The least average just above which the test does not reject, and the tail just below it. The test changes at averages
    /// alone: between two of them neither ranks nor signs do.
    fn lower_end(&self, ascending: &[f64], walsh: &[f64], level: Level) -> (f64, f64) {
        let mut outside = RankSum::without_ties(ascending.len()).at_most(0);
        for (index, &average) in walsh.iter().enumerate() {
            if walsh.get(index + 1) == Some(&average) {
                continue;
            }
            // Where all members differ, the rank sum of those below is the number of averages below (Tukey).
            let tail = match &self.strict {
                Some(lower_half) => lower_half.get(index + 1).copied().unwrap_or(1.0),
                None => tail_just_above(ascending, average),
            };
            if 2.0 * tail > level.alpha() {
                return (average, outside);
            }
            outside = tail;
        }
        (ascending[ascending.len() - 1], outside)
    }
}

fn tail_just_above(ascending: &[f64], average: f64) -> f64 {
    let (below, _, ranks) = ranked(ascending, Place::JustAbove(average));
    ranks.at_most(below)
}

/// The doubled rank sums below and above a place, and the ranks that have a sign there.
fn ranked(ascending: &[f64], place: Place) -> (usize, usize, RankSum) {
    let (mut below, mut above) = (0, 0);
    let mut ranks = Vec::with_capacity(ascending.len());
    for &member in ascending {
        let rank = doubled_mid_rank(ascending, member, place);
        match place.side(member) {
            Ordering::Less => below += rank,
            Ordering::Greater => above += rank,
            Ordering::Equal => continue,
        }
        ranks.push(rank);
    }
    (below, above, RankSum::of(ranks))
}

fn doubled_mid_rank(ascending: &[f64], member: f64, place: Place) -> usize {
    let rank = |&other: &f64| match farther(other, member, place) {
        Ordering::Less => 2,
        Ordering::Equal => 1,
        Ordering::Greater => 0,
    };
    1 + ascending.iter().map(rank).sum::<usize>()
}

/// Whether `one` is farther from the place than `other`. Members on two sides of it are compared by their average, so that
/// rounding cannot part what the order of the averages joins.
fn farther(one: f64, other: f64, place: Place) -> Ordering {
    match (place.side(one), place.side(other)) {
        (Ordering::Equal, Ordering::Equal) => Ordering::Equal,
        (Ordering::Equal, _) => Ordering::Less,
        (_, Ordering::Equal) => Ordering::Greater,
        (Ordering::Greater, Ordering::Greater) => one.total_cmp(&other),
        (Ordering::Less, Ordering::Less) => other.total_cmp(&one),
        (Ordering::Greater, Ordering::Less) => place.side(average(one, other)),
        (Ordering::Less, Ordering::Greater) => place.side(average(one, other)).reverse(),
    }
}

fn mirrored(ascending: &[f64]) -> Vec<f64> {
    ascending.iter().rev().map(|value| 0.0 - value).collect()
}

fn walsh(ascending: &[f64]) -> Vec<f64> {
    let mut averages = Vec::with_capacity(ascending.len() * (ascending.len() + 1) / 2);
    for (index, &one) in ascending.iter().enumerate() {
        averages.extend(ascending[index..].iter().map(|&other| average(one, other)));
    }
    averages.sort_unstable_by(f64::total_cmp);
    averages
}

/// The sum turns -0.0, of a negated or a vanishing number, into 0.0.
fn average(one: f64, other: f64) -> f64 {
    f64::midpoint(one, other) + 0.0
}

fn is_strict(ascending: &[f64]) -> bool {
    ascending.windows(2).all(|pair| pair[0] < pair[1])
}

/// The middle one, or the average of the middle two, of ascending numbers; there is at least one.
pub(super) fn median(ascending: &[f64]) -> f64 {
    let count = ascending.len();
    f64::midpoint(ascending[(count - 1) / 2], ascending[count / 2])
}

/// What has the same chance of being counted or not: the ranks of a signed-rank test, where no member differs from the
/// value that is tested except by chance.
pub(super) struct RankSum {
    ranks: Vec<usize>,
}

impl RankSum {
    /// Ranks in any unit: doubled, the mid-rank of an even number of ties is whole too.
    pub(super) fn of(ranks: Vec<usize>) -> Self {
        Self { ranks }
    }

    /// The ranks 1 to `members`.
    pub(super) fn without_ties(members: usize) -> Self {
        Self::of((1..=members).collect())
    }

    /// The probability that the sum of the ranks counted is at most `sum`.
    pub(super) fn at_most(&self, sum: usize) -> f64 {
        let counted: f64 = self.counts(sum).iter().sum();
        (counted * self.share()).min(1.0)
    }

    /// The probabilities of being at most 0, 1, 2, ... up to half the sum of all ranks, which is as far as a lower tail goes.
    pub(super) fn lower_half(&self) -> Vec<f64> {
        let (mut counts, share) = (self.counts(self.ranks.iter().sum::<usize>() / 2), self.share());
        let mut below = 0.0;
        for count in &mut counts {
            below += *count;
            *count = below * share;
        }
        counts
    }

    /// The probability of any one set of members being counted.
    fn share(&self) -> f64 {
        self.ranks.iter().fold(1.0, |share, _| share / 2.0)
    }

    /// How many sets of members have each sum up to `most`: member by member, each set stays, and there is one more with this
    /// member. The numbers are whole, hence free of rounding up to 53 members.
    fn counts(&self, most: usize) -> Vec<f64> {
        let mut counts = vec![0.0; most + 1];
        counts[0] = 1.0;
        let mut reached = 0;
        for &rank in &self.ranks {
            reached = most.min(reached + rank);
            for sum in (rank..=reached).rev() {
                counts[sum] += counts[sum - rank];
            }
        }
        counts
    }
}

/// The probability that at most `most` of so many members lie below their common median: members counted, not ranks.
pub(super) fn binomial_at_most(members: usize, most: usize) -> f64 {
    RankSum::of(vec![1; members]).at_most(most)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these results are free of rounding")]
mod tests {
    use super::*;

    #[test]
    fn three_ranks_by_hand() {
        // The sums 0 1 2 3 3 4 5 6.
        let ranks = RankSum::without_ties(3);
        assert_eq!([0, 1, 2, 3, 4, 5, 6].map(|sum| ranks.at_most(sum) * 8.0), [1.0, 2.0, 3.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(ranks.lower_half(), [0.125, 0.25, 0.375, 0.625]);
    }

    #[test]
    fn mid_ranks_by_hand() {
        // Ranks 1.5, 1.5, 3, doubled: the sums 0 3 3 6 6 9 9 12.
        let ranks = RankSum::of(vec![3, 3, 6]);
        let eighths = [0, 2, 3, 5, 6, 9, 12].map(|doubled| ranks.at_most(doubled) * 8.0);
        assert_eq!(eighths, [1.0, 1.0, 3.0, 3.0, 5.0, 7.0, 8.0]);
    }

    #[test]
    fn tabulated_critical_values() {
        // Hollander & Wolfe, Nonparametric Statistical Methods, table A.4: P(T <= 8) = 0.024 at n = 10,
        // P(T <= 52) = 0.024 at n = 20.
        assert!((RankSum::without_ties(10).at_most(8) - 25.0 / 1024.0).abs() < 1e-15);
        assert!((RankSum::without_ties(20).at_most(52) - 0.0242).abs() < 5e-5);
    }
}
