//! What a row asks: two variants in one workload by one metric, block by block, and what keeps it from an answer.

use serde::{Deserialize, Serialize};

use super::{
    estimate::Interval,
    evidence::{Ledger, measure},
};
use crate::{
    format::{Quantity, Unit},
    plan::{Margins, Metric, Plan, Workload},
    stats::{self, Advantage, Bound, Level, Margin, Question, Sample, SignedRank},
};

/// How much a row's verdict counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Named before the run; its level is shared out over all such rows.
    Primary,
    /// An interval alone.
    Exploratory,
    /// The A/A control, the same variant twice: the noise floor.
    #[serde(rename = "twin")]
    Control,
}

/// What a row asks: two variants, in one workload, by one metric.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) struct Comparison<'a> {
    pub(in crate::analysis) workload: &'a Workload,
    pub(in crate::analysis) metric: Metric,
    pub(in crate::analysis) a: &'a str,
    pub(in crate::analysis) b: &'a str,
    pub(in crate::analysis) standing: Standing,
}

/// What one block says of both.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) struct Pair {
    pub(in crate::analysis) block: u32,
    pub(in crate::analysis) a: Bound,
    pub(in crate::analysis) b: Bound,
}

impl Pair {
    /// Whether either value is known from one side only.
    pub(super) fn is_open(&self) -> bool {
        [self.a, self.b].iter().any(|bound| match bound {
            Bound::Exactly(_) => false,
            Bound::AtLeast(_) | Bound::AtMost(_) | Bound::Unknown => true,
        })
    }
}

impl<'a> Comparison<'a> {
    /// The blocks in which both have a value.
    pub(in crate::analysis) fn pairs(&self, ledger: &Ledger<'a>) -> Vec<Pair> {
        let value = |variant, block| Some(self.value(ledger, variant, block)?.0).filter(|value| has_a_ratio(*value));
        let pair = |block| Some(Pair { block, a: value(self.a, block)?, b: value(self.b, block)? });
        self.blocks(ledger, self.a).filter_map(pair).collect()
    }

    /// What each block says of one variant, with its files.
    pub(in crate::analysis) fn values(&self, ledger: &Ledger<'a>, variant: &str) -> Vec<(Bound, Vec<String>)> {
        self.blocks(ledger, variant).filter_map(|block| self.value(ledger, variant, block)).collect()
    }

    fn blocks(&self, ledger: &Ledger<'a>, variant: &str) -> impl Iterator<Item = u32> {
        ledger.readings(&self.workload.name, variant).into_iter().map(|reading| reading.run.block)
    }

    /// What one block says of one variant. Threads and their A/A control are the same server measured twice: where both
    /// were, their geometric mean stands for threads, which halves the variance of that side (METHOD 2.3).
    fn value(&self, ledger: &Ledger<'a>, variant: &str, block: u32) -> Option<(Bound, Vec<String>)> {
        let (own, source) = self.measured(ledger, variant, block)?;
        let control = self.second_of(ledger.plan(), variant);
        let second = control.and_then(|control| self.measured(ledger, control, block));
        match second.and_then(|(second, other)| Some((Bound::geometric_mean(own, second).ok()?, other))) {
            Some((mean, other)) => Some((mean, vec![source, other])),
            None => Some((own, vec![source])),
        }
    }

    fn measured(&self, ledger: &Ledger<'a>, variant: &str, block: u32) -> Option<(Bound, String)> {
        let reading = ledger.reading(&self.workload.name, variant, block)?;
        Some((measure(self.metric, self.workload, reading)?, reading.source.clone()))
    }

    /// The second entry of a variant, unless it is what is asked about.
    fn second_of<'p>(&self, plan: &'p Plan, variant: &str) -> Option<&'p str> {
        let is_asked_about = [self.a, self.b].contains(&plan.twin.as_str());
        (variant == plan.threads && !is_asked_about).then_some(plan.twin.as_str())
    }
}

/// What the statistics are asked.
pub(in crate::analysis) fn question(comparison: &Comparison<'_>, ledger: &Ledger<'_>) -> Question {
    let standing = match comparison.standing {
        Standing::Primary => stats::Standing::Primary { of: ledger.plan().primary.len() },
        Standing::Exploratory | Standing::Control => stats::Standing::Exploratory,
    };
    Question {
        advantage: advantage(comparison.metric),
        margin: margin(&ledger.plan().margins, comparison.metric),
        standing,
    }
}

/// The plan's margin; that of METHOD 2.4 where the plan has none that makes sense.
pub(crate) fn margin(margins: &Margins, metric: Metric) -> Margin {
    let standard = match metric {
        Metric::Throughput
        | Metric::Capacity
        | Metric::CpuPerRequest
        | Metric::MemoryPerIdleConnection
        | Metric::MemoryPerActiveConnection => Margin::FIVE_PERCENT,
        Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => Margin::TEN_PERCENT,
    };
    Margin::share(margins.of(metric)).unwrap_or(standard)
}

/// What the better of two is called by a metric.
pub(crate) fn advantage(metric: Metric) -> Advantage {
    match metric {
        Metric::Throughput | Metric::Capacity => Advantage::Faster,
        Metric::CpuPerRequest => Advantage::Cheaper,
        Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => Advantage::Lower,
        Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => Advantage::Smaller,
    }
}

/// Slopes of memory may come out at zero or below, where noise is all there is.
fn has_a_ratio(value: Bound) -> bool {
    match value {
        Bound::Exactly(number) | Bound::AtLeast(number) | Bound::AtMost(number) => number > 0.0,
        Bound::Unknown => true,
    }
}

/// a's processor time per request minus b's. A ratio alone does not say whether it is worth anybody's while.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Hodges-Lehmann estimate, in microseconds.
    pub estimate_us: f64,
    /// In microseconds; at 95 %, whatever the row's own level is.
    pub interval_us: Interval,
}

impl Difference {
    /// For readers: `1.75 µs [0.69, 2.82]`.
    #[must_use]
    pub fn words(&self) -> String {
        Quantity::Difference(Unit::Us).figure(self.estimate_us, Some(self.interval_us.ends()))
    }
}

/// What `a` spends more than `b`, block by block; none where a value is known from one side only in too many of them.
pub(super) fn difference(comparison: &Comparison<'_>, pairs: &[Pair]) -> Option<Difference> {
    let exactly = |pair: &Pair| match (pair.a, pair.b) {
        (Bound::Exactly(a), Bound::Exactly(b)) => Some((a, b)),
        _ => None,
    };
    if comparison.metric != Metric::CpuPerRequest {
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

/// `WORKLOAD.METRIC.A.B`: unique on a page, and the same between renderings.
pub(super) fn row_id(comparison: &Comparison<'_>) -> String {
    format!("{}.{}.{}.{}", comparison.workload.name, slug(comparison.metric), comparison.a, comparison.b)
}

/// A metric as plan files write it.
fn slug(metric: Metric) -> &'static str {
    match metric {
        Metric::Throughput => "throughput",
        Metric::CpuPerRequest => "cpu-per-request",
        Metric::LatencyP50 => "latency-p50",
        Metric::LatencyP90 => "latency-p90",
        Metric::LatencyP99 => "latency-p99",
        Metric::MemoryPerIdleConnection => "memory-per-idle-connection",
        Metric::MemoryPerActiveConnection => "memory-per-active-connection",
        Metric::Capacity => "capacity",
    }
}

/// More of a processor than this means that the stand-in for places is the limit.
const PLACES_BOUND: f64 = 0.9;

/// What stood in the way of measuring one of two variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::analysis) struct NotMeasured<'a> {
    /// The variant.
    pub(in crate::analysis) variant: &'a str,
    /// Of what kind.
    pub(in crate::analysis) kind: Obstacle,
    why: String,
}

/// Kinds of what stands in the way: neither of them is slowness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum Obstacle {
    /// Something is missing that it needs to run here.
    NotRun,
    /// A limit of the system was reached, in so many of so many blocks.
    Limit {
        /// Blocks in which it was reached.
        blocks: usize,
        /// All blocks.
        of: usize,
    },
}

impl<'a> NotMeasured<'a> {
    /// A missing runtime, or a limit that either variant reached in any block: what is left then is no fair sample.
    pub(in crate::analysis) fn of(comparison: &Comparison<'a>, ledger: &Ledger<'_>) -> Option<Self> {
        let sides = [comparison.a, comparison.b];
        let not_run = |variant: &'a str| {
            let why = ledger.not_run(variant)?.to_owned();
            Some(Self { variant, kind: Obstacle::NotRun, why })
        };
        let limit =
            |variant: &'a str| reached(comparison, ledger, variant).or_else(|| places(comparison, ledger, variant));
        sides.into_iter().find_map(not_run).or_else(|| sides.into_iter().find_map(limit))
    }

    /// "not run: node: not found", "limit: threads, reached by tasks in 3 of 10 blocks", with this name of the variant.
    pub(in crate::analysis) fn words(&self, name: &str) -> String {
        let why = &self.why;
        match self.kind {
            Obstacle::NotRun => format!("not run: {name} cannot run here: {why}"),
            Obstacle::Limit { blocks, of } => {
                format!("limit: {why}, reached by {name} in {blocks} of {of} blocks")
            }
        }
    }
}

/// A limit that ended runs.
fn reached<'a>(comparison: &Comparison<'a>, ledger: &Ledger<'_>, variant: &'a str) -> Option<NotMeasured<'a>> {
    let limits = ledger.limits(&comparison.workload.name, variant);
    let first = limits.first()?;
    let kind = Obstacle::Limit { blocks: limits.len(), of: ledger.plan().blocks_of(comparison.workload) as usize };
    Some(NotMeasured { variant, kind, why: first.strip_prefix("limit: ").unwrap_or(first).to_owned() })
}

/// A stand-in for places that had no more to give in most blocks. What a reply costs the server does not depend on it.
fn places<'a>(comparison: &Comparison<'a>, ledger: &Ledger<'_>, variant: &'a str) -> Option<NotMeasured<'a>> {
    match comparison.metric {
        Metric::Throughput | Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => {}
        // A search takes the stand-in from no load to more than a server bears: its use over all of that shows no limit.
        Metric::CpuPerRequest
        | Metric::MemoryPerIdleConnection
        | Metric::MemoryPerActiveConnection
        | Metric::Capacity => return None,
    }
    let readings = ledger.readings(&comparison.workload.name, variant);
    let is_bound = |share: f64| share > PLACES_BOUND;
    let blocks = readings.iter().filter(|reading| reading.places_share().is_some_and(is_bound)).count();
    let kind = Obstacle::Limit { blocks, of: readings.len() };
    let why = "places service (its stand-in used more than 90 % of a processor)".to_owned();
    (2 * blocks > readings.len()).then_some(NotMeasured { variant, kind, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_what_plans_write() {
        for metric in [
            Metric::Throughput,
            Metric::CpuPerRequest,
            Metric::LatencyP50,
            Metric::LatencyP90,
            Metric::LatencyP99,
            Metric::MemoryPerIdleConnection,
            Metric::MemoryPerActiveConnection,
            Metric::Capacity,
        ] {
            assert_eq!(serde_json::to_value(metric).unwrap(), slug(metric));
        }
    }
}
