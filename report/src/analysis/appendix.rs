//! What a sceptic asks for: merged percentiles, seconds, the order of the runs, what was excluded, and the commands.

use loadgen::result::Distribution;
use serde::{Deserialize, Serialize};

use super::{
    commands::commands,
    evidence::{Excluded, Ledger, Reading},
};
use crate::{
    plan::Workload,
    results::{Manifest, Run},
};

/// What a sceptic asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Appendix {
    /// Latency over all percentiles, merged over blocks; merged percentiles describe, verdicts come from blocks.
    pub percentiles: Vec<PercentileCurve>,
    /// Replies by second.
    pub seconds: Vec<SecondCurve>,
    /// Every run in the order in which it was made.
    pub order: Vec<OrderEntry>,
    /// Runs that do not count.
    pub excluded: Vec<Excluded>,
    /// Command lines that repeat it: the whole comparison first, then one server and one load for each workload.
    pub commands: Vec<String>,
}

/// One variant's latencies in one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PercentileCurve {
    /// The workload's name.
    pub workload: String,
    /// The variant's name.
    pub variant: String,
    /// Ascending.
    pub steps: Vec<Step>,
}

/// One point of a percentile curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// 0 to 1.
    pub quantile: f64,
    /// µs.
    pub latency_us: f64,
}

/// One run's replies by second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecondCurve {
    /// The workload's name.
    pub workload: String,
    /// The variant's name.
    pub variant: String,
    /// The block.
    pub block: u32,
    /// Replies in each whole second of the window.
    pub completed: Vec<u64>,
    /// The raw file.
    pub source: String,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderEntry {
    /// When it began, seconds after the comparison did.
    pub at_s: f64,
    /// The block.
    pub block: u32,
    /// The workload's name.
    pub workload: String,
    /// The variant's name.
    pub variant: String,
    /// The raw file.
    pub source: String,
}

/// The appendix.
pub(super) fn appendix(ledger: &Ledger<'_>, runs: &[Run]) -> Appendix {
    Appendix {
        percentiles: percentiles(ledger),
        seconds: seconds(ledger),
        order: order(ledger.manifest, runs),
        excluded: ledger.excluded.clone(),
        commands: commands(ledger),
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
    let curve = |reading: &Reading<'_>| {
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

/// Merged latencies of each variant in each workload, in the plan's order.
pub(super) fn percentiles(ledger: &Ledger<'_>) -> Vec<PercentileCurve> {
    let mut curves = Vec::new();
    for workload in &ledger.plan().workload {
        for variant in ledger.variants_of(workload) {
            curves.extend(curve(ledger, workload, variant));
        }
    }
    curves
}

fn curve(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> Option<PercentileCurve> {
    let merged = merged(&ledger.readings(&workload.name, variant))?;
    let steps = merged.steps().into_iter().map(|(quantile, latency_us)| Step { quantile, latency_us });
    let steps: Vec<_> = steps.collect();
    let is_drawn = !steps.is_empty();
    is_drawn.then(|| PercentileCurve { workload: workload.name.clone(), variant: variant.to_owned(), steps })
}

/// The sum over the blocks; none where a histogram is missing or damaged, as what is left would be another distribution.
fn merged(readings: &[&Reading<'_>]) -> Option<Distribution> {
    let mut sum: Option<Distribution> = None;
    for reading in readings {
        let latency = &reading.figures.as_ref()?.result.latency;
        let one = Distribution::of(&latency.from_intended, &latency.censored_ages)?;
        match &mut sum {
            None => sum = Some(one),
            Some(sum) => sum.add(&one)?,
        }
    }
    sum
}
