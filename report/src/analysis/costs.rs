use super::{
    CostCell, CostTable, Estimate,
    evidence::{Ledger, estimate, measure},
    verdicts::failed_share,
};
use crate::plan::{Metric, Role, Workload};

/// What each variant costs in each workload that carries load.
pub(super) fn costs(ledger: &Ledger<'_>) -> Vec<CostTable> {
    let is_loaded = |workload: &&Workload| match workload.role {
        Role::Race | Role::Map | Role::Rate => true,
        Role::Memory | Role::Capacity | Role::Herd | Role::Farthest => false,
    };
    ledger.plan().workload.iter().filter(is_loaded).map(|workload| table(ledger, workload)).collect()
}

/// A variant's values of a metric in a workload, over the blocks.
pub(super) fn value(ledger: &Ledger<'_>, workload: &Workload, variant: &str, metric: Metric) -> Option<Estimate> {
    let readings = ledger.readings(&workload.name, variant).into_iter();
    let blocks: Vec<_> =
        readings.filter_map(|reading| Some((measure(metric, workload, reading)?, reading.source.clone()))).collect();
    estimate(&blocks)
}

/// Why a variant has no value in a workload; empty if it has some.
pub(super) fn why_none(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> String {
    if let Some(why) = ledger.not_run(variant) {
        return format!("not run: {why}");
    }
    if let Some(limit) = ledger.limits(&workload.name, variant).first() {
        return format!("limit: {}", limit.strip_prefix("limit: ").unwrap_or(limit));
    }
    if ledger.readings(&workload.name, variant).is_empty() {
        "not measured: no run counts".to_owned()
    } else {
        String::new()
    }
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
