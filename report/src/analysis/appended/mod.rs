//! What a sceptic asks for: merged percentiles, seconds, the order of the runs, what was excluded, and the commands.

mod commands;
mod histogram;
mod order;
mod percentiles;

use super::{Appendix, SecondCurve, evidence::Ledger};
use crate::results::Run;

/// The appendix.
pub(super) fn appendix(ledger: &Ledger<'_>, runs: &[Run]) -> Appendix {
    Appendix {
        percentiles: percentiles::percentiles(ledger),
        seconds: seconds(ledger),
        order: order::order(ledger.manifest, runs),
        excluded: ledger.excluded.clone(),
        commands: commands::commands(ledger),
    }
}

/// Which variants have no merged percentiles though runs of theirs count.
pub(super) fn damaged_histograms(ledger: &Ledger<'_>, appendix: &Appendix) -> Option<String> {
    let has_curve = |workload: &str, variant: &str| {
        appendix.percentiles.iter().any(|curve| curve.workload == workload && curve.variant == variant)
    };
    let mut without: Vec<String> = ledger
        .in_the_order_of_the_plan()
        .into_iter()
        .filter(|one| one.figures.is_some() && !has_curve(&one.run.workload, &one.run.variant))
        .map(|one| format!("{} in {}", one.run.variant, one.run.workload))
        .collect();
    without.dedup();
    (!without.is_empty()).then(|| {
        format!("no merged percentiles, for want of samples or by a damaged histogram: {}", without.join(", "))
    })
}

fn seconds(ledger: &Ledger<'_>) -> Vec<SecondCurve> {
    let curve = |reading: &super::evidence::Reading<'_>| {
        let figures = reading.figures.as_ref().filter(|figures| !figures.seconds.is_empty())?;
        Some(SecondCurve {
            workload: reading.run.workload.clone(),
            variant: reading.run.variant.clone(),
            block: reading.run.block,
            completed: figures.seconds.clone(),
            source: reading.source.clone(),
        })
    };
    ledger.in_the_order_of_the_plan().into_iter().filter_map(curve).collect()
}
