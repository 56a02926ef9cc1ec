use super::{Found, MemoryPart, Reading, memory_slope};
use crate::{
    plan::{Metric, Workload},
    results::Percentile,
    stats::Bound,
};

/// What a run says of a metric; none where it says nothing, as with too few samples for a percentile.
pub(in crate::analysis) fn measure(metric: Metric, workload: &Workload, reading: &Reading<'_>) -> Option<Bound> {
    let figures = reading.figures.as_ref();
    match metric {
        Metric::Throughput => Some(Bound::Exactly(figures?.throughput_per_s)),
        Metric::CpuPerRequest => figures?.cpu_per_request_us().map(Bound::Exactly),
        Metric::LatencyP50 => latency(figures?.percentile("p50")?, workload),
        Metric::LatencyP90 => latency(figures?.percentile("p90")?, workload),
        Metric::LatencyP99 => latency(figures?.percentile("p99")?, workload),
        Metric::MemoryPerIdleConnection => memory_slope(&reading.run.memory, MemoryPart::Idle).map(Bound::Exactly),
        Metric::MemoryPerActiveConnection => memory_slope(&reading.run.memory, MemoryPart::Active).map(Bound::Exactly),
        Metric::Capacity => reading.found.as_ref().map(Found::capacity),
    }
}

/// The delay that latencies of this workload are given over, ms: where every request waits for places (METHOD 2.5).
pub(in crate::analysis) fn excess_over_ms(workload: &Workload) -> Option<f64> {
    workload.excess_over_ms()
}

fn latency(percentile: Percentile, workload: &Workload) -> Option<Bound> {
    let delay_us = excess_over_ms(workload).unwrap_or(0.0) * 1e3;
    match percentile {
        // The stand-in is never early: what lies below its delay is no latency of this workload.
        Percentile::Us(us) => (us > delay_us).then_some(Bound::Exactly(us - delay_us)),
        Percentile::AtLeastUs(us) if us > delay_us => Some(Bound::AtLeast(us - delay_us)),
        Percentile::AtLeastUs(_) => Some(Bound::Unknown),
    }
}
