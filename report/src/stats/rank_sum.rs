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
