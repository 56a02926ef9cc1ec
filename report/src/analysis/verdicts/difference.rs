use super::{Contest, contest::Pair};
use crate::{
    analysis::{Difference, Interval},
    plan::Metric,
    stats::{Bound, Level, Sample, SignedRank},
};

/// What `a` spends more than `b`, block by block; none where a value is known from one side only in too many of them.
pub(super) fn difference(contest: &Contest<'_>, pairs: &[Pair]) -> Option<Difference> {
    let exactly = |pair: &Pair| match (pair.a, pair.b) {
        (Bound::Exactly(a), Bound::Exactly(b)) => Some((a, b)),
        _ => None,
    };
    if contest.metric != Metric::CpuPerRequest {
        return None;
    }
    let blocks: Vec<(f64, f64)> = pairs.iter().filter_map(exactly).collect();
    let sample = Sample::of_differences(&blocks).ok()?;
    let test = SignedRank::of(&sample);
    let level = Level::NINETY_FIVE;
    let interval = test.interval(level)?;
    let interval_us = Interval { low: interval.lower, high: Some(interval.upper), level: level.coverage() };
    Some(Difference { estimate_us: test.estimate(), interval_us })
}
