use super::Contest;
use crate::plan::Metric;

/// `WORKLOAD.METRIC.A.B`: unique on a page, and the same between renderings.
pub(super) fn row_id(contest: &Contest<'_>) -> String {
    format!("{}.{}.{}.{}", contest.workload.name, slug(contest.metric), contest.a, contest.b)
}

/// A metric as plan files write it.
fn slug(metric: Metric) -> &'static str {
    match metric {
        Metric::Throughput => "throughput",
        Metric::CpuPerRequest => "cpu-per-request",
        Metric::LatencyP50 => "latency-p50",
        Metric::LatencyP90 => "latency-p90",
        Metric::LatencyP99 => "latency-p99",
        Metric::MemoryPerIdleConnection => "memory-per-idle-connection",
        Metric::MemoryPerActiveConnection => "memory-per-active-connection",
        Metric::Capacity => "capacity",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_what_plans_write() {
        for metric in [
            Metric::Throughput,
            Metric::CpuPerRequest,
            Metric::LatencyP50,
            Metric::LatencyP90,
            Metric::LatencyP99,
            Metric::MemoryPerIdleConnection,
            Metric::MemoryPerActiveConnection,
            Metric::Capacity,
        ] {
            assert_eq!(serde_json::to_value(metric).unwrap(), slug(metric));
        }
    }
}
