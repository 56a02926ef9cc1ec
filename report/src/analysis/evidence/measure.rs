use loadgen::result::Quantile;

use super::{found::Found, ledger::Ledger, reading::Reading};
use crate::{
    analysis::estimate::{Estimate, estimate},
    plan::{Metric, Pace, Workload},
    results::MemoryStep,
    stats::{Bound, TheilSen},
};

/// What a run says of a metric; none where it says nothing, as with too few samples for a percentile.
pub(in crate::analysis) fn measure(metric: Metric, workload: &Workload, reading: &Reading<'_>) -> Option<Bound> {
    let figures = reading.figures.as_ref();
    match metric {
        Metric::Throughput => Some(Bound::Exactly(figures?.throughput_per_s)),
        Metric::CpuPerRequest => figures?.cpu_per_request_us().map(Bound::Exactly),
        Metric::LatencyP50 => latency(figures?.percentiles.p50, workload),
        Metric::LatencyP90 => latency(figures?.percentiles.p90, workload),
        Metric::LatencyP99 => latency(figures?.percentiles.p99, workload),
        Metric::MemoryPerIdleConnection => memory_slope(&reading.run.memory, MemoryPart::Idle).map(Bound::Exactly),
        Metric::MemoryPerActiveConnection => memory_slope(&reading.run.memory, MemoryPart::Active).map(Bound::Exactly),
        Metric::Capacity => reading.found.as_ref().map(Found::capacity),
    }
}

/// The delay that latencies of this workload are given over, ms: where every request waits for places (METHOD 2.5).
pub(in crate::analysis) fn excess_over_ms(workload: &Workload) -> Option<f64> {
    workload.excess_over_ms()
}

fn latency(percentile: Quantile, workload: &Workload) -> Option<Bound> {
    let delay_us = excess_over_ms(workload).unwrap_or(0.0) * 1e3;
    match percentile {
        // The stand-in is never early: what lies below its delay is no latency of this workload.
        Quantile::Exactly(us) => (us > delay_us).then_some(Bound::Exactly(us - delay_us)),
        Quantile::AtLeast(us) if us > delay_us => Some(Bound::AtLeast(us - delay_us)),
        Quantile::AtLeast(_) => Some(Bound::Unknown),
        Quantile::TooFew => None,
    }
}

/// A variant's values of a metric in a workload, over the blocks.
pub(in crate::analysis) fn value(
    ledger: &Ledger<'_>,
    workload: &Workload,
    variant: &str,
    metric: Metric,
) -> Option<Estimate> {
    let readings = ledger.readings(&workload.name, variant).into_iter();
    let blocks: Vec<_> =
        readings.filter_map(|reading| Some((measure(metric, workload, reading)?, reading.source.clone()))).collect();
    estimate(&blocks)
}

/// Why a variant has no value in a workload; empty if it has some.
pub(in crate::analysis) fn why_none(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> String {
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

/// What of a server's memory grows with its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum MemoryPart {
    /// PSS over idle connections.
    Idle,
    /// PSS over connections that carry load.
    Active,
    /// Kernel stacks, page tables and socket buffers over idle connections.
    KernelIdle,
}

impl MemoryPart {
    /// Connections and KiB at a step; none where the step is of another kind, or was not read whole.
    pub(in crate::analysis) fn point(self, step: &MemoryStep) -> Option<(f64, f64)> {
        let is_active = match self {
            Self::Idle | Self::KernelIdle => false,
            Self::Active => true,
        };
        if step.is_active != is_active {
            return None;
        }
        let held = &step.held;
        let kib = match self {
            Self::Idle | Self::Active => held.pss_kib?,
            Self::KernelIdle => {
                held.kernel_stacks_kib?.checked_add(held.page_tables_kib?)?.checked_add(step.tcp_kib)?
            }
        };
        Some((f64::from(step.connections), kib as f64))
    }
}

/// KiB per connection in one run: the Theil-Sen slope over its steps; none with fewer than two steps.
pub(in crate::analysis) fn memory_slope(steps: &[MemoryStep], part: MemoryPart) -> Option<f64> {
    let points: Vec<_> = steps.iter().filter_map(|step| part.point(step)).collect();
    TheilSen::of(&points).ok().map(|line| line.slope)
}

/// So near to what the delay allows, the server has no say.
const NEAR: f64 = 0.05;

/// Whether the delay of places alone sets this throughput: in a closed loop, connections over the delay of a mean request
/// (Little's law), within 5 %.
pub(in crate::analysis) fn is_bound_by_delay(workload: &Workload, throughput_per_s: f64) -> bool {
    ceiling_per_s(workload).is_some_and(|ceiling| (throughput_per_s / ceiling - 1.0).abs() <= NEAR)
}

/// What a server without any cost would do; none where nothing but the server holds it back. Requests that are
/// outstanding together on a connection are answered one after the other, so that depth does not raise it.
fn ceiling_per_s(workload: &Workload) -> Option<f64> {
    match workload.pace {
        Pace::RatePerS(_) => return None,
        Pace::Closed => {}
    }
    let (iamat, whatsat) = (f64::from(workload.iamat), f64::from(workload.whatsat));
    let delay_s = workload.places_delay_ms? / 1e3 * whatsat / (iamat + whatsat);
    (delay_s > 0.0).then(|| f64::from(workload.connections) / delay_s)
}
