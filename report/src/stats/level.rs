use std::fmt;

use serde::Serialize;

/// The level of an interval, kept as what may fall outside: alpha, above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct Level {
    alpha: f64,
}

impl Level {
    /// 90 %: two one-sided tests at 5 % each, which is how equivalence is shown.
    pub const NINETY: Self = Self { alpha: 0.10 };
    /// 95 %.
    pub const NINETY_FIVE: Self = Self { alpha: 0.05 };

    /// The level that leaves `alpha` outside; `None` unless it lies above 0 and below 1.
    #[must_use]
    pub fn leaving(alpha: f64) -> Option<Self> {
        (alpha > 0.0 && alpha < 1.0).then_some(Self { alpha })
    }

    /// The same level for each of `rows` that are judged together (Bonferroni): alpha is divided among them. No row
    /// counts as one.
    #[must_use]
    pub fn shared_among(self, rows: usize) -> Self {
        Self { alpha: self.alpha / rows.max(1) as f64 }
    }

    /// What may fall outside, on both sides together.
    #[must_use]
    pub fn alpha(self) -> f64 {
        self.alpha
    }

    /// The share that is to be covered: 0.95 for 95 %.
    #[must_use]
    pub fn coverage(self) -> f64 {
        1.0 - self.alpha
    }

    /// The least number of blocks at which an exact signed-rank or order-statistic interval reaches this level: the widest
    /// such interval, from least to greatest, leaves 2 of 2^n.
    #[must_use]
    pub fn least_blocks(self) -> usize {
        let mut outside = 1.0;
        let mut blocks = 1;
        while outside > self.alpha {
            outside /= 2.0;
            blocks += 1;
        }
        blocks
    }
}

impl fmt::Display for Level {
    /// As a percentage with at most two decimals: `95 %`, `98.33 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", super::words::percent(self.coverage()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_alphas_need_more_blocks() {
        let least = |rows| Level::NINETY_FIVE.shared_among(rows).least_blocks();
        // 2^(1-n) <= alpha: 1/32 for 0.05, 1/64 for 0.0167, 1/128 for 0.0083, 1/512 for 0.0025.
        assert_eq!([least(1), least(3), least(6), least(20)], [6, 7, 8, 10]);
        assert_eq!(Level::NINETY.least_blocks(), 5);
    }

    #[test]
    fn levels_are_shares() {
        for alpha in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(Level::leaving(alpha), None);
        }
        assert_eq!(Level::NINETY_FIVE.shared_among(3).to_string(), "98.33 %");
        assert_eq!(Level::NINETY.to_string(), "90 %");
    }
}
