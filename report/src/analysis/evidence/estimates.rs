use crate::{
    analysis::{Estimate, Interval},
    stats::{Bound, CensoredMedian, Level, censored_median},
};

/// The median over blocks with its order-statistic interval at 95 %. None without blocks, and where nothing bounds the
/// median from below.
pub(crate) fn estimate(blocks: &[(Bound, String)]) -> Option<Estimate> {
    let bounds: Vec<Bound> = blocks.iter().map(|(bound, _)| *bound).collect();
    let (median, is_at_least) = match censored_median(&bounds).ok()? {
        Bound::Exactly(median) => (median, false),
        Bound::AtLeast(median) => (median, true),
        Bound::AtMost(_) | Bound::Unknown => return None,
    };
    Some(Estimate {
        median,
        is_at_least,
        interval: interval(&bounds),
        blocks: u32::try_from(bounds.len()).ok()?,
        sources: blocks.iter().map(|(_, source)| source.clone()).collect(),
    })
}

/// An end that is open downward is at 0, below which none of these values lies.
fn interval(bounds: &[Bound]) -> Option<Interval> {
    let median = CensoredMedian::of(bounds, Level::NINETY_FIVE).ok()??;
    let (lower, upper) = (median.interval.lower, median.interval.upper);
    Some(Interval {
        low: if lower.is_finite() { lower } else { 0.0 },
        high: upper.is_finite().then_some(upper),
        level: Level::NINETY_FIVE.coverage(),
    })
}
