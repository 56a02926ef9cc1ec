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

/// What a herd of five servers of one variant does with updates that are told at one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HerdCosts {
    /// The variant's name.
    pub variant: String,
    /// At a light load, from the intended start of an update until it is seen at the farthest server, µs.
    pub seen_p50_us: Option<Estimate>,
    /// As `seen_p50_us`.
    pub seen_p90_us: Option<Estimate>,
    /// Latency of the replies to the same updates, from the intended start, µs.
    pub reply_p50_us: Option<Estimate>,
    /// The same load on a server that only replies: a null round trip, µs.
    pub null_p50_us: Option<Estimate>,
    /// `seen_p50_us` in null round trips, block by block.
    pub seen_in_round_trips: Option<Estimate>,
    /// Updates a second that were answered under load: what was offered, unless the servers could not keep up.
    pub updates_per_s: Option<Estimate>,
    /// Under load, from its end until all servers had shown every acknowledged record, µs.
    pub settled_us: Option<Estimate>,
    /// Under load, each server's processor time per update, µs, by name; the one that is told first.
    pub cpu_per_update_us: Vec<(String, Option<Estimate>)>,
    /// Records that the servers send each other, per update; none where they have no admin pages.
    pub records_per_update: Option<Estimate>,
    /// Runs in which a server never came to hold an update.
    pub lost: u32,
    /// Why there are no values, where there are none; else empty.
    pub why: String,
}

/// What a connection costs a variant in memory, and the context switches of its servers.
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
    /// Context switches per reply from start to end of servers; with warm-ups and all workloads in it.
    pub switches_per_reply: Option<Estimate>,
    /// The steps that the slopes are from, medians over blocks: connections and PSS in KiB, idle first.
    pub idle_steps: Vec<(u32, f64)>,
    /// As `idle_steps`, with load.
    pub active_steps: Vec<(u32, f64)>,
}
