//! What a connection costs in memory, and a reply in context switches.

use serde::{Deserialize, Serialize};

use super::{
    estimate::{Estimate, estimate},
    evidence::{Ledger, MemoryPart, Reading, memory_slope},
};
use crate::{
    plan::{Role, Workload},
    results::{MemoryStep, ServerRun},
    stats::{Bound, censored_median},
};

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
    /// All of it per idle connection: PSS and the kernel's part, added block by block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_idle_kib: Option<Estimate>,
    /// What that is made of, KiB per idle connection (medians over blocks): `process`, `kernel stacks`, `page tables` and
    /// `socket buffers`; empty where one of them was not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub idle_parts: Vec<(String, f64)>,
    /// Context switches per reply from start to end of servers; with warm-ups and all workloads in it.
    pub switches_per_reply: Option<Estimate>,
    /// The steps that the slopes are from, medians over blocks: connections and PSS in KiB, idle first.
    pub idle_steps: Vec<(u32, f64)>,
    /// As `idle_steps`, with load.
    pub active_steps: Vec<(u32, f64)>,
}

/// What an idle connection's memory is made of, from the bottom of the picture.
const PARTS: [(&str, MemoryPart); 4] = [
    ("process", MemoryPart::Idle),
    ("kernel stacks", MemoryPart::KernelStacks),
    ("page tables", MemoryPart::PageTables),
    ("socket buffers", MemoryPart::SocketBuffers),
];

/// What a connection costs each variant that was measured, in the plan's order; empty where neither memory nor a server run was
/// recorded.
pub(super) fn memory(ledger: &Ledger<'_>, server_runs: &[ServerRun]) -> Vec<MemorySlope> {
    let workload = ledger.plan().workload.iter().find(|workload| match workload.role {
        Role::Memory => true,
        Role::Race | Role::Map | Role::Rate | Role::Capacity | Role::Herd | Role::Farthest | Role::Topology => false,
    });
    let slopes = ledger.plan().variants.iter().map(|variant| slope(ledger, workload, server_runs, variant));
    slopes.filter(is_measured).collect()
}

fn slope(ledger: &Ledger<'_>, workload: Option<&Workload>, server_runs: &[ServerRun], variant: &str) -> MemorySlope {
    let readings = workload.map_or_else(Vec::new, |workload| ledger.readings(&workload.name, variant));
    let of = |part| {
        let blocks = readings
            .iter()
            .filter_map(|one| Some((Bound::Exactly(memory_slope(&one.run.memory, part)?), one.source.clone())));
        estimate(&blocks.collect::<Vec<_>>())
    };
    let whole = readings.iter().filter_map(|one| {
        let [user, kernel] = [MemoryPart::Idle, MemoryPart::KernelIdle].map(|part| memory_slope(&one.run.memory, part));
        Some((Bound::Exactly(user? + kernel?), one.source.clone()))
    });
    let parts = PARTS.map(|(name, part)| of(part).map(|estimate| (name.to_owned(), estimate.median)));
    MemorySlope {
        variant: variant.to_owned(),
        idle_parts: parts.into_iter().collect::<Option<_>>().unwrap_or_default(),
        whole_idle_kib: estimate(&whole.collect::<Vec<_>>()),
        idle_kib: of(MemoryPart::Idle),
        active_kib: of(MemoryPart::Active),
        kernel_idle_kib: of(MemoryPart::KernelIdle),
        switches_per_reply: switches(server_runs, variant, ledger.plan().blocks),
        idle_steps: steps(&readings, MemoryPart::Idle),
        active_steps: steps(&readings, MemoryPart::Active),
    }
}

fn is_measured(slope: &MemorySlope) -> bool {
    [&slope.idle_kib, &slope.active_kib, &slope.kernel_idle_kib, &slope.switches_per_reply]
        .into_iter()
        .any(Option::is_some)
}

/// Medians over blocks of what was held at each number of connections.
fn steps(readings: &[&Reading<'_>], part: MemoryPart) -> Vec<(u32, f64)> {
    let all: Vec<&MemoryStep> = readings.iter().flat_map(|reading| &reading.run.memory).collect();
    let mut counts: Vec<u32> =
        all.iter().filter(|step| part.point(step).is_some()).map(|step| step.connections).collect();
    counts.sort_unstable();
    counts.dedup();
    let median = |count: u32| {
        let at: Vec<_> =
            all.iter().filter(|step| step.connections == count).filter_map(|step| part.point(step)).collect();
        let held: Vec<Bound> = at.iter().map(|point| Bound::Exactly(point.1)).collect();
        match censored_median(&held) {
            Ok(Bound::Exactly(kib)) => Some((count, kib)),
            Ok(Bound::AtLeast(_) | Bound::AtMost(_) | Bound::Unknown) | Err(_) => None,
        }
    };
    counts.into_iter().filter_map(median).collect()
}

/// Context switches per reply over server runs, one a block.
fn switches(server_runs: &[ServerRun], variant: &str, blocks: u32) -> Option<Estimate> {
    let own = server_runs
        .iter()
        .filter(|server_run| server_run.variant == variant && (1..=blocks).contains(&server_run.block));
    let per_reply = |server_run: &ServerRun| {
        let switches = server_run.switches.filter(|_| server_run.replies > 0)?;
        let all = switches.voluntary as f64 + switches.involuntary as f64;
        Some((Bound::Exactly(all / server_run.replies as f64), server_run.source()))
    };
    let mut values: Vec<(Bound, String)> = own.filter_map(per_reply).collect();
    values.sort_by(|one, other| one.1.cmp(&other.1));
    estimate(&values)
}
