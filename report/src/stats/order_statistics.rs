//! The median and its interval, for blocks some of which are known from one side only.

use serde::Serialize;

use super::{
    interval::{Bound, Interval, Level},
    sample::{Sample, SampleError},
    signed_rank::binomial_at_most,
};

/// The median of blocks some of which are known from one side only, and an interval for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CensoredMedian {
    /// The median of the blocks.
    pub median: Bound,
    /// The lower end of the interval.
    pub lower: Bound,
    /// The upper end of the interval.
    pub upper: Bound,
    /// The widest interval that what is known allows; an open end is infinite.
    pub interval: Interval,
}

impl CensoredMedian {
    /// The order-statistic interval of the median at this level: from the k-th least to the k-th greatest block, exact by
    /// the binomial distribution, whatever the blocks' own (David and Nagaraja, "Order Statistics", 7.1). `None` where
    /// so few blocks cannot reach the level. Each order statistic prints as a number only where it is the same for all
    /// that the censored blocks can be.
    pub fn of(blocks: &[Bound], level: Level) -> Result<Option<Self>, SampleError> {
        let (least, most) = sorted_ends(blocks)?;
        let Some((rank, outside)) = end_rank(blocks.len(), level) else { return Ok(None) };
        let at = |index: usize| Bound::from_ends(least[index], most[index]);
        Ok(Some(Self {
            median: middle(&least, &most),
            lower: at(rank - 1),
            upper: at(blocks.len() - rank),
            interval: Interval {
                lower: least[rank - 1],
                upper: most[blocks.len() - rank],
                achieved: 1.0 - 2.0 * outside,
            },
        }))
    }
}

/// The median of blocks some of which are known from one side only.
pub fn censored_median(blocks: &[Bound]) -> Result<Bound, SampleError> {
    let (least, most) = sorted_ends(blocks)?;
    Ok(middle(&least, &most))
}

/// The least and the most that the blocks can be, each in ascending order: the k-th of either bounds the k-th block.
fn sorted_ends(blocks: &[Bound]) -> Result<(Vec<f64>, Vec<f64>), SampleError> {
    match blocks.len() {
        0 => return Err(SampleError::Empty),
        count if count > Sample::LIMIT => return Err(SampleError::TooMany(count)),
        _ => {}
    }
    for bound in blocks {
        bound.checked()?;
    }
    let sorted = |end: fn(Bound) -> f64| {
        let mut ends: Vec<f64> = blocks.iter().map(|&bound| end(bound) + 0.0).collect();
        ends.sort_by(f64::total_cmp);
        ends
    };
    Ok((sorted(Bound::least), sorted(Bound::most)))
}

fn middle(least: &[f64], most: &[f64]) -> Bound {
    let (low, high) = ((least.len() - 1) / 2, least.len() / 2);
    Bound::from_ends(f64::midpoint(least[low], least[high]), f64::midpoint(most[low], most[high]))
}

/// The largest k for which the interval from the k-th least to the k-th greatest reaches the level, and what either side
/// leaves outside.
fn end_rank(blocks: usize, level: Level) -> Option<(usize, f64)> {
    let outside = |rank: usize| binomial_at_most(blocks, rank - 1);
    let rank = (1..=blocks.div_ceil(2)).take_while(|&rank| 2.0 * outside(rank) <= level.alpha()).last()?;
    Some((rank, outside(rank)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(blocks: &[Bound], level: Level) -> Option<CensoredMedian> {
        CensoredMedian::of(blocks, level).unwrap()
    }

    fn known(numbers: &[f64]) -> Vec<Bound> {
        numbers.iter().copied().map(Bound::Exactly).collect()
    }

    #[test]
    fn ten_blocks_by_hand() {
        let blocks = known(&[3.0, 1.0, 2.0, 10.0, 9.0, 8.0, 7.0, 4.0, 5.0, 6.0]);
        let median = of(&blocks, Level::NINETY_FIVE).unwrap();
        // P(Bin(10, 1/2) <= 1) = 11/1024, and P(Bin(10, 1/2) <= 2) = 56/1024 is above 0.025.
        assert_eq!(median.median, Bound::Exactly(5.5));
        assert_eq!([median.lower, median.upper], [Bound::Exactly(2.0), Bound::Exactly(9.0)]);
        assert!((median.interval.achieved - (1.0 - 22.0 / 1024.0)).abs() < 1e-15);
    }

    #[test]
    fn a_censored_block_opens_what_it_can_move() {
        // Seven blocks at 95 %: least to greatest. The one given up at 4 may be the greatest or the fifth.
        let mut blocks = known(&[1.0, 2.0, 3.0, 5.0, 6.0, 7.0]);
        blocks.push(Bound::AtLeast(4.0));
        let median = of(&blocks, Level::NINETY_FIVE).unwrap();
        assert_eq!(median.lower, Bound::Exactly(1.0));
        assert_eq!(median.median, Bound::AtLeast(4.0));
        assert_eq!(median.upper, Bound::AtLeast(7.0));
        assert!(median.interval.upper.is_infinite());
    }

    #[test]
    fn a_block_given_up_late_moves_nothing_below() {
        let mut blocks = known(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        blocks.push(Bound::AtLeast(60.0));
        assert_eq!(censored_median(&blocks), Ok(Bound::Exactly(4.0)));
        assert_eq!(of(&blocks, Level::NINETY_FIVE).unwrap().upper, Bound::AtLeast(60.0));
    }

    #[test]
    fn five_blocks_do_not_reach_95_percent() {
        assert_eq!(of(&known(&[1.0; 5]), Level::NINETY_FIVE), None);
        assert!(of(&known(&[1.0; 5]), Level::NINETY).is_some());
        assert_eq!(CensoredMedian::of(&[], Level::NINETY), Err(SampleError::Empty));
        assert!(matches!(censored_median(&[Bound::Exactly(f64::NAN)]), Err(SampleError::NotFinite(_))));
    }
}
