//! What a request costs each variant, workload by workload; and the same block by block, for comparing two directories.

use serde::{Deserialize, Serialize};

use super::{
    capacity::undecidable,
    estimate::Estimate,
    evidence::{Figures, Ledger, measure, value, why_none},
};
use crate::{
    plan::{Metric, Pace, Plan, Role, Workload},
    results::{Manifest, Run},
    stats::Bound,
};

/// What each variant costs, for one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostTable {
    /// The workload's name.
    pub workload: String,
    /// One line for each variant, in the plan's order.
    pub cells: Vec<CostCell>,
}

/// One variant in one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostCell {
    /// The variant's name.
    pub variant: String,
    /// Replies a second.
    pub throughput_per_s: Option<Estimate>,
    /// Server processor time per reply, µs.
    pub cpu_per_request_us: Option<Estimate>,
    /// Latency from the intended start, µs, over the delay where every request waits for places that are slow; in a closed
    /// loop it omits what was not asked.
    pub p50_us: Option<Estimate>,
    /// As `p50_us`.
    pub p90_us: Option<Estimate>,
    /// As `p50_us`.
    pub p99_us: Option<Estimate>,
    /// Failed requests as a share of all, over all blocks.
    pub failed_share: Option<f64>,
    /// Why there are no values: "not run: ...", "limit: ..."; else empty.
    pub why: String,
}

/// What each variant costs in each workload that carries load.
pub(super) fn costs(ledger: &Ledger<'_>) -> Vec<CostTable> {
    let is_loaded = |workload: &&Workload| match workload.role {
        Role::Race | Role::Map | Role::Rate => true,
        Role::Memory | Role::Capacity | Role::Herd | Role::Farthest | Role::Topology => false,
    };
    ledger.plan().workload.iter().filter(is_loaded).map(|workload| table(ledger, workload)).collect()
}

fn table(ledger: &Ledger<'_>, workload: &Workload) -> CostTable {
    let cells = ledger.variants_of(workload).into_iter().map(|variant| cell(ledger, workload, variant)).collect();
    CostTable { workload: workload.name.clone(), cells }
}

fn cell(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> CostCell {
    let of = |metric| value(ledger, workload, variant, metric);
    CostCell {
        variant: variant.to_owned(),
        throughput_per_s: of(Metric::Throughput),
        cpu_per_request_us: of(Metric::CpuPerRequest),
        p50_us: of(Metric::LatencyP50),
        p90_us: of(Metric::LatencyP90),
        p99_us: of(Metric::LatencyP99),
        failed_share: failed_share(ledger, &workload.name, variant),
        why: why_none(ledger, workload, variant),
    }
}

/// Failed requests as a share of all, over all blocks; none where none was asked.
pub(in crate::analysis) fn failed_share(ledger: &Ledger<'_>, workload: &str, variant: &str) -> Option<f64> {
    let readings = ledger.readings(workload, variant);
    let sum = |of: fn(&Figures) -> u64| -> u64 { readings.iter().filter_map(|one| one.figures.as_ref()).map(of).sum() };
    let (failed, requests) = (sum(|one| one.failed), sum(|one| one.requests));
    (requests > 0).then(|| failed as f64 / requests as f64)
}

/// What a run directory says of one variant in one workload by one metric.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// The workload's name.
    pub(crate) workload: String,
    /// The metric.
    pub(crate) metric: Metric,
    /// The variant's name.
    pub(crate) variant: String,
    /// Each block's value, with its file.
    pub(crate) blocks: Vec<(Bound, String)>,
    /// The first limit that it reached, if any.
    pub(crate) limit: Option<String>,
    /// Whether a row of it may decide: not where stalls of the machine reach the bound of an objective (METHOD 2.5).
    pub(crate) may_decide: bool,
}

/// All series of a directory, in the plan's order. In an open loop throughput is left out: it is what was offered.
pub(crate) fn series(manifest: &Manifest, runs: &[Run]) -> Vec<Series> {
    let ledger = Ledger::of(manifest, runs);
    let mut series = Vec::new();
    for workload in &ledger.plan().workload {
        for metric in metrics(ledger.plan(), workload) {
            series.extend(
                ledger.variants_of(workload).into_iter().map(|variant| one(&ledger, workload, metric, variant)),
            );
        }
    }
    series
}

fn one(ledger: &Ledger<'_>, workload: &Workload, metric: Metric, variant: &str) -> Series {
    let readings = ledger.readings(&workload.name, variant).into_iter();
    Series {
        workload: workload.name.clone(),
        metric,
        variant: variant.to_owned(),
        blocks: readings.filter_map(|one| Some((measure(metric, workload, one)?, one.source.clone()))).collect(),
        limit: ledger.limits(&workload.name, variant).first().map(|why| (*why).to_owned()),
        may_decide: undecidable(ledger, workload).is_none(),
    }
}

fn metrics(plan: &Plan, workload: &Workload) -> Vec<Metric> {
    let of_role = match workload.role {
        Role::Memory => vec![Metric::MemoryPerIdleConnection, Metric::MemoryPerActiveConnection],
        Role::Capacity => vec![Metric::Capacity],
        // The table of the herd has figures of its own.
        Role::Herd | Role::Farthest | Role::Topology => Vec::new(),
        Role::Race | Role::Map | Role::Rate => {
            vec![Metric::Throughput, Metric::CpuPerRequest, Metric::LatencyP50, Metric::LatencyP90]
        }
    };
    let is_named =
        |metric: &Metric| plan.primary.iter().any(|one| one.workload == workload.name && one.metric == *metric);
    let says_something = |metric: &Metric| match (workload.pace, metric) {
        (Pace::RatePerS(_), Metric::Throughput) => is_named(metric),
        (Pace::RatePerS(_) | Pace::Closed, _) => true,
    };
    of_role.into_iter().filter(says_something).collect()
}
