use serde::{Deserialize, Serialize};

use super::Metric;

/// A row that was named before anything was measured: its verdict counts (METHOD 2.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contrast {
    /// Name of the workload.
    pub workload: String,
    /// What is compared.
    pub metric: Metric,
    /// The variant whose advantage is asked for.
    pub a: String,
    /// The variant that it is compared with.
    pub b: String,
}

/// How large a relative difference must be to matter: 0.05 is 5 %. Fixed before the run, never widened with noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Margins {
    /// Of throughput and capacity.
    pub throughput: f64,
    /// Of processor time per request and memory per connection.
    pub cpu: f64,
    /// Of latencies.
    pub latency: f64,
}

impl Margins {
    /// The margin of a metric.
    #[must_use]
    pub fn of(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Throughput | Metric::Capacity => self.throughput,
            Metric::CpuPerRequest | Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => self.cpu,
            Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => self.latency,
        }
    }
}
