use serde::{Deserialize, Serialize};

use super::Estimate;

/// What each variant costs, for one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostTable {
    /// The workload's name.
    pub workload: String,
    /// One line for each variant, in the plan's order.
    pub cells: Vec<CostCell>,
}

/// One variant in one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostCell {
    /// The variant's name.
    pub variant: String,
    /// Replies a second.
    pub throughput_per_s: Option<Estimate>,
    /// Server processor time per reply, µs.
    pub cpu_per_request_us: Option<Estimate>,
    /// Latency from the intended start, µs, over the delay where every request waits for places that are slow; in a closed
    /// loop it omits what was not asked.
    pub p50_us: Option<Estimate>,
    /// As `p50_us`.
    pub p90_us: Option<Estimate>,
    /// As `p50_us`.
    pub p99_us: Option<Estimate>,
    /// Failed requests as a share of all, over all blocks.
    pub failed_share: Option<f64>,
    /// Why there are no values: "not run: ...", "limit: ..."; else empty.
    pub why: String,
}

/// What a connection costs a variant in memory, and the context switches of its servers' lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemorySlope {
    /// The variant's name.
    pub variant: String,
    /// KiB of PSS per idle connection (Theil-Sen in each block, median over blocks).
    pub idle_kib: Option<Estimate>,
    /// KiB of PSS per connection that carries load.
    pub active_kib: Option<Estimate>,
    /// KiB of kernel stacks, page tables and socket buffers per idle connection.
    pub kernel_idle_kib: Option<Estimate>,
    /// Context switches per reply over whole lives; with warm-ups and all workloads in it.
    pub switches_per_reply: Option<Estimate>,
    /// The steps that the slopes are from, medians over blocks: connections and PSS in KiB, idle first.
    pub idle_steps: Vec<(u32, f64)>,
    /// As `idle_steps`, with load.
    pub active_steps: Vec<(u32, f64)>,
}
