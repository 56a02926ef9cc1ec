use crate::{
    analysis::appendix::OrderEntry,
    results::{Manifest, Run},
};

/// Every run, as they were made.
pub(super) fn order(manifest: &Manifest, runs: &[Run]) -> Vec<OrderEntry> {
    let entry = |run: &Run| OrderEntry {
        at_s: run.started_unix_s - manifest.started_unix_s,
        block: run.block,
        workload: run.workload.clone(),
        variant: run.variant.clone(),
        source: run.source(),
    };
    let mut order: Vec<OrderEntry> = runs.iter().map(entry).filter(|entry| entry.at_s.is_finite()).collect();
    order.sort_by(|one, other| one.at_s.total_cmp(&other.at_s).then_with(|| one.source.cmp(&other.source)));
    order
}
