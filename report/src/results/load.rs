use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is read of a load generator's result (`loadgen-run/1`, documented in `loadgen/README.md`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Load {
    /// Length of the window, seconds.
    pub window_s: f64,
    /// Requests whose intended start lies in the window.
    pub requests: u64,
    /// Right replies within it.
    pub completed: u64,
    /// Right replies a second.
    pub throughput_per_s: f64,
    /// Requests a second that were due.
    pub offered_per_s: f64,
    /// Failed requests by kind.
    pub faults: serde_json::Map<String, Value>,
    /// The first line of its summary, and its reasons.
    pub verdict: Value,
    /// FNV-1a of the first requests.
    pub trace_hash: String,
    /// `from_intended`, `from_seen`, `from_written`, `censored_ages`.
    pub latency: Value,
    /// The window second by second.
    pub seconds: Vec<LoadSecond>,
    /// Processor time of `client` and `server` (`user_s`, `system_s`, `total_s`), `idle_share`, `steal_share`, `pressure`.
    pub spent: Value,
    /// Memory of the server when all connections stood (`opened`) and after the load (`end`).
    pub server: Option<Value>,
    /// The spin probes `before` and `after`.
    pub stalls: Value,
}

/// Percentiles by name: `p50 p75 p90 p99 p99.9 p99.99`; `null` for too few samples.
pub type LoadPercentiles = std::collections::BTreeMap<String, Option<Percentile>>;

/// One percentile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Percentile {
    /// Known, microseconds.
    Us(f64),
    /// At least this, microseconds: failed requests decide it.
    AtLeastUs(f64),
}

/// One second of the window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadSecond {
    /// From 0; the last one may be cut off by the end of the window.
    pub second: u64,
    /// Requests due in it.
    pub due: u64,
    /// Right replies that came in it.
    pub completed: u64,
    /// Requests that failed in it.
    pub failed: u64,
    /// Percentiles of the answered requests that were due in it, microseconds.
    pub p50_us: f64,
    /// As `p50_us`.
    pub p99_us: f64,
    /// The slowest of them.
    pub max_us: f64,
}

/// What a server process and the kernel held at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Resident set, KiB.
    pub rss_kib: Option<u64>,
    /// Proportional set, KiB.
    pub pss_kib: Option<u64>,
    /// Threads of the process.
    pub threads: Option<u64>,
    /// Open descriptors.
    pub descriptors: Option<u64>,
    /// Kernel stacks of the whole machine, KiB.
    pub kernel_stacks_kib: Option<u64>,
    /// Page tables of the whole machine, KiB.
    pub page_tables_kib: Option<u64>,
    /// Pages of TCP buffers of the whole machine.
    pub tcp_pages: Option<u64>,
}
