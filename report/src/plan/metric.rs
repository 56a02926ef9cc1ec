use serde::{Deserialize, Serialize};

use crate::format::Unit;

/// What two variants are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Right replies a second in the window.
    Throughput,
    /// The server's processor time per right reply, microseconds: of slices from rest to rest, elsewhere in the window.
    CpuPerRequest,
    /// Latency from the intended start, microseconds; where places are delayed, what exceeds the delay.
    LatencyP50,
    /// As `LatencyP50`.
    LatencyP90,
    /// As `LatencyP50`; described, never decided by (METHOD 2.5).
    LatencyP99,
    /// Slope of the server's memory over idle connections, KiB of PSS each.
    MemoryPerIdleConnection,
    /// Slope of the server's memory over connections that carry load, KiB of PSS each.
    MemoryPerActiveConnection,
    /// The highest rate at which the objective was kept, requests a second; at least this where the load generator ended the
    /// search (METHOD 2.6).
    Capacity,
}

/// Which of two values is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The larger one.
    More,
    /// The smaller one.
    Less,
}

impl Metric {
    /// Which of two values is the better one.
    #[must_use]
    pub fn better(self) -> Better {
        match self {
            Self::Throughput | Self::Capacity => Better::More,
            Self::CpuPerRequest
            | Self::LatencyP50
            | Self::LatencyP90
            | Self::LatencyP99
            | Self::MemoryPerIdleConnection
            | Self::MemoryPerActiveConnection => Better::Less,
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::CpuPerRequest => "server CPU per request",
            Self::LatencyP50 => "latency p50",
            Self::LatencyP90 => "latency p90",
            Self::LatencyP99 => "latency p99",
            Self::MemoryPerIdleConnection => "memory per idle connection",
            Self::MemoryPerActiveConnection => "memory per active connection",
            Self::Capacity => "capacity",
        }
    }

    /// The unit of its values.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::Throughput | Self::Capacity => Unit::PerSecond,
            Self::CpuPerRequest | Self::LatencyP50 | Self::LatencyP90 | Self::LatencyP99 => Unit::Us,
            Self::MemoryPerIdleConnection | Self::MemoryPerActiveConnection => Unit::Kib,
        }
    }
}

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
