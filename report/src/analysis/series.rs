use super::{
    capacities::undecidable,
    evidence::{Ledger, measure},
};
use crate::{
    plan::{Metric, Pace, Plan, Role, Workload},
    results::{Manifest, Run},
    stats::Bound,
};

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
        Role::Herd | Role::Farthest => Vec::new(),
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
