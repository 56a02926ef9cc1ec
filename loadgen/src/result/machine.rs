use serde::{Deserialize, Serialize};

/// Processor time of a process, in seconds, its ended threads included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cpu {
    /// In its own code, in steps of 10 ms.
    pub user_s: f64,
    /// In the kernel on its behalf, likewise.
    pub system_s: f64,
    /// Both together, in steps of a nanosecond.
    pub total_s: f64,
}

/// Processor time that a process tells of itself, all threads together, in seconds. The kernel counts it in ticks, by
/// default of 10 ms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CpuTime {
    /// In the program itself.
    pub user: f64,
    /// In the kernel on its behalf.
    pub system: f64,
}

/// Time that some task stood still for want of a resource, in µs (`/proc/pressure`, the `some` line).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressure {
    /// For want of a processor.
    pub cpu_us: u64,
    /// For want of input or output.
    pub io_us: u64,
    /// For want of memory.
    pub memory_us: u64,
}

/// What processes and the machine spent in the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// The generator's processor time.
    pub client: Option<Cpu>,
    /// The server's; none where its process is not known.
    pub server: Option<Cpu>,
    /// That of further processes, as they were named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Option<Cpu>>,
    /// Share of all processors' time in which they had nothing to do.
    pub idle_share: Option<f64>,
    /// Share of all processors' time that the host gave to others.
    pub steal_share: Option<f64>,
    /// Stalls for want of a resource; none where the kernel does not tell.
    pub pressure: Option<Pressure>,
}

/// What a server process and the kernel held at one moment, outside the window; none of what may not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Resident memory in KiB, shared pages whole (`smaps_rollup`).
    pub rss_kib: Option<u64>,
    /// Likewise, each shared page divided by those that share it.
    pub pss_kib: Option<u64>,
    /// Threads of the process.
    pub threads: Option<u64>,
    /// Open descriptors of the process.
    pub descriptors: Option<u64>,
    /// Of the whole machine: kernel stacks, in KiB.
    pub kernel_stacks_kib: Option<u64>,
    /// Of the whole machine: page tables, in KiB.
    pub page_tables_kib: Option<u64>,
    /// Of the whole machine: memory of TCP sockets, in pages.
    pub tcp_pages: Option<u64>,
}

/// What a server held at two moments of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldDuringRun {
    /// When all connections stood.
    pub opened: Held,
    /// After the load.
    pub end: Held,
}

/// How long each processor stood still while it only looked at the clock (METHOD 1.7).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stalls {
    /// Processors that were probed at once.
    pub processors: usize,
    /// Length of the probe in ms.
    pub probe_ms: f64,
    /// Gaps of more than 100 µs.
    #[serde(default)]
    pub stalls: u64,
    /// Share of all processors' time that lay in them.
    pub share: f64,
    /// The longest one in µs.
    pub longest_us: f64,
    /// Lengths in µs, the longest first; the shortest are left out where there are more than a thousand, and all in results of
    /// before they were kept.
    #[serde(default)]
    pub lengths_us: Vec<f64>,
}

/// The stall probes of a run; none where none was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StallProbes {
    /// Before the load.
    pub before: Option<Stalls>,
    /// After it.
    pub after: Option<Stalls>,
}
