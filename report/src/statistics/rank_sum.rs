/// What has the same chance of being counted or not: the ranks of a signed-rank test, where no member differs from the
/// value that is tested except by chance.
///
/// Ranks are doubled, so that the mid-rank of an even number of ties is whole too.
pub(super) struct RankSum {
    doubled_ranks: Vec<usize>,
}

impl RankSum {
    pub(super) fn of(doubled_ranks: Vec<usize>) -> Self {
        Self { doubled_ranks }
    }

    /// The ranks 1 to `members`.
    pub(super) fn without_ties(members: usize) -> Self {
        Self::of((1..=members).map(|rank| 2 * rank).collect())
    }

    /// The probability that the sum of the doubled ranks counted is at most `sum`.
    pub(super) fn at_most(&self, sum: usize) -> f64 {
        self.probabilities(sum).iter().sum::<f64>().min(1.0)
    }

    /// The probabilities of being at most 0, 1, 2, ... up to the sum of all ranks, doubled.
    pub(super) fn cumulated(&self) -> Vec<f64> {
        let mut cumulated = self.probabilities(self.doubled_ranks.iter().sum());
        let mut below = 0.0;
        for probability in &mut cumulated {
            below += *probability;
            *probability = below;
        }
        cumulated
    }

    /// The probabilities of the sums up to `most`: member by member, half of each sum stays and half of it moves up by the
    /// member's rank. They are multiples of 2^-n, hence free of rounding up to 53 members.
    fn probabilities(&self, most: usize) -> Vec<f64> {
        let mut probabilities = vec![0.0; most + 1];
        probabilities[0] = 1.0;
        for &rank in &self.doubled_ranks {
            for sum in (0..=most).rev() {
                let counted = if sum >= rank { probabilities[sum - rank] } else { 0.0 };
                probabilities[sum] = 0.5 * (probabilities[sum] + counted);
            }
        }
        probabilities
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
        // The sums 0 1 2 3 3 4 5 6, doubled.
        let eighths: Vec<f64> = RankSum::without_ties(3).cumulated().iter().map(|p| p * 8.0).collect();
        assert_eq!(eighths, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 5.0, 5.0, 6.0, 6.0, 7.0, 7.0, 8.0]);
    }

    #[test]
    fn mid_ranks_by_hand() {
        // Ranks 1.5, 1.5, 3: the sums 0 1.5 1.5 3 3 4.5 4.5 6.
        let sum = RankSum::of(vec![3, 3, 6]);
        let eighths = [0, 2, 3, 5, 6, 9, 12].map(|doubled| sum.at_most(doubled) * 8.0);
        assert_eq!(eighths, [1.0, 1.0, 3.0, 3.0, 5.0, 7.0, 8.0]);
    }

    #[test]
    fn tabulated_critical_values() {
        // Hollander & Wolfe, Nonparametric Statistical Methods, table A.4: P(T <= 8) = 0.024 at n = 10,
        // P(T <= 52) = 0.024 at n = 20.
        assert!((RankSum::without_ties(10).at_most(16) - 25.0 / 1024.0).abs() < 1e-15);
        assert!((RankSum::without_ties(20).at_most(104) - 0.0242).abs() < 5e-5);
    }
}
