//! What a sceptic asks for: merged percentiles, seconds, the order of the runs, what was excluded, and the commands.

mod commands;
mod histogram;
mod order;
mod percentiles;

use super::{Appendix, SecondCurve, evidence::Ledger};
use crate::record::Run;

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
