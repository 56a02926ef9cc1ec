use super::Contest;
use crate::{analysis::evidence::Ledger, plan::Metric};

/// More of a processor than this means that the stand-in for places is the limit.
const PLACES_BOUND: f64 = 0.9;

/// What stood in the way of measuring one of two variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::analysis) struct Hindrance<'a> {
    /// The variant.
    pub(in crate::analysis) variant: &'a str,
    /// Of what kind.
    pub(in crate::analysis) kind: HindranceKind,
    why: String,
}

/// Kinds of what stands in the way: neither of them is slowness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum HindranceKind {
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

impl<'a> Hindrance<'a> {
    /// A missing runtime, or a limit that either variant reached in any block: what is left then is no fair sample.
    pub(in crate::analysis) fn of(contest: &Contest<'a>, ledger: &Ledger<'_>) -> Option<Self> {
        let sides = [contest.a, contest.b];
        let not_run = |variant: &'a str| {
            let why = ledger.not_run(variant)?.to_owned();
            Some(Self { variant, kind: HindranceKind::NotRun, why })
        };
        let limit = |variant: &'a str| reached(contest, ledger, variant).or_else(|| places(contest, ledger, variant));
        sides.into_iter().find_map(not_run).or_else(|| sides.into_iter().find_map(limit))
    }

    /// "not run: node: not found", "limit: threads, reached by tasks in 3 of 10 blocks", with this name of the variant.
    pub(in crate::analysis) fn words(&self, name: &str) -> String {
        let why = &self.why;
        match self.kind {
            HindranceKind::NotRun => format!("not run: {name} cannot run here: {why}"),
            HindranceKind::Limit { blocks, of } => {
                format!("limit: {why}, reached by {name} in {blocks} of {of} blocks")
            }
        }
    }
}

/// A limit that ended runs.
fn reached<'a>(contest: &Contest<'a>, ledger: &Ledger<'_>, variant: &'a str) -> Option<Hindrance<'a>> {
    let limits = ledger.limits(&contest.workload.name, variant);
    let first = limits.first()?;
    let kind = HindranceKind::Limit { blocks: limits.len(), of: ledger.plan().blocks_of(contest.workload) as usize };
    Some(Hindrance { variant, kind, why: first.strip_prefix("limit: ").unwrap_or(first).to_owned() })
}

/// A stand-in for places that had no more to give in most blocks. What a reply costs the server does not depend on it.
fn places<'a>(contest: &Contest<'a>, ledger: &Ledger<'_>, variant: &'a str) -> Option<Hindrance<'a>> {
    match contest.metric {
        Metric::Throughput | Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => {}
        // A search takes the stand-in from no load to more than a server bears: its use over all of that shows no limit.
        Metric::CpuPerRequest
        | Metric::MemoryPerIdleConnection
        | Metric::MemoryPerActiveConnection
        | Metric::Capacity => return None,
    }
    let readings = ledger.readings(&contest.workload.name, variant);
    let is_bound = |share: f64| share > PLACES_BOUND;
    let blocks = readings.iter().filter(|reading| reading.places_share().is_some_and(is_bound)).count();
    let kind = HindranceKind::Limit { blocks, of: readings.len() };
    let why = "places (their stand-in used more than 90 % of a processor)".to_owned();
    (2 * blocks > readings.len()).then_some(Hindrance { variant, kind, why })
}
