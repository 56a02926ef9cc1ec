use loadgen::result::{Document, Held, ReadError, RunResult, from_value};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::topology::TopologyUse;

/// One measured workload on one variant in one block, or an attempt at it that was excluded: a line of
/// `runs/WORKLOAD/VARIANT.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The line of its file, from 1; 0 where it was not read from one.
    #[serde(skip)]
    pub line: u32,
    /// `herd-run/3`.
    pub format: String,
    /// From 1.
    pub block: u32,
    /// Position among the runs of its workload in its block, from 1; runs that were raced in slices have the place of the
    /// variant's first slice.
    pub position: u32,
    /// The variant's name.
    pub variant: String,
    /// The workload's name.
    pub workload: String,
    /// From 1; above it where earlier attempts were excluded.
    pub attempt: u32,
    /// Whether its block was interrupted before it, so that its server is not that of the block's earlier runs.
    #[serde(default)]
    pub is_resumed: bool,
    /// When it began.
    pub started_unix_s: f64,
    /// Whether it counts.
    pub status: Status,
    /// The load generator's command line, for this variant alone; with the first run of each variant and workload, and only
    /// where it was reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The command line that started the server; likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub server_command: Vec<String>,
    /// Processor time of the servers that waited, as a share of one processor over the window.
    pub waiting_cpu_share: f64,
    /// What the provider of places did meanwhile.
    pub places: Option<PlacesUse>,
    /// Memory at each step, for workloads of the role `memory`.
    #[serde(default)]
    pub memory: Vec<MemoryStep>,
    /// Events that the server's journal lost during the run; none where it keeps no journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal_dropped: Option<u64>,
    /// What each server of a herd did, for workloads of the roles `herd` and `farthest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub herd: Option<HerdUse>,
    /// What each component of several servers did, for workloads of the role `topology`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topology: Option<TopologyUse>,
    /// Its slices, where it was raced with others: the load generator's result is their sum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<RunSlice>,
    /// The load generator's result (`loadgen-run/1` or `loadgen-sweep/1`), without the histograms that nothing is read from;
    /// `null` where it has none.
    pub loadgen: Value,
}

/// Whether a run counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "why")]
pub enum Status {
    /// It does.
    Measured,
    /// The machine or the generator spoilt it, for all variants that were driven together; it was repeated if the budget
    /// allowed it.
    Void(Void),
    /// The variant did not do its work, such as by a wrong reply: its own fault, which voids nothing of others.
    Failed(String),
    /// A limit of the system was reached: never slow, never repeated.
    Limit(String),
}

/// What spoilt a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Its kind.
    pub cause: Cause,
    /// The same in words, with the figure and the plan's bound.
    pub detail: String,
}

/// What kind of thing spoils runs. None of them is read from a server's own speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The host gave more of the machine to other guests than the plan allows.
    Steal,
    /// Servers that were to wait used more processor time than the plan allows.
    Waiting,
    /// The load generator kept its schedule worse than the plan allows.
    Late,
    /// The load generator failed, or did not offer what it should.
    Generator,
}

impl Cause {
    /// It for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Steal => "the host gave processor time to others",
            Self::Waiting => "servers that waited used processor time",
            Self::Late => "the load generator was late",
            Self::Generator => "the load generator failed",
        }
    }
}

impl Void {
    /// One of this kind.
    #[must_use]
    pub fn new(cause: Cause, detail: String) -> Self {
        Self { cause, detail }
    }
}

/// A slice of a run, from `loadgen race`: what of it is read later. It is written as a list of its fields in this order, as there
/// are many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SliceFields", into = "SliceFields")]
pub struct RunSlice {
    /// Its place among the slices of all variants, from 0.
    pub order: u32,
    /// When its window began, in milliseconds after the first one.
    pub at_ms: u64,
    /// Length of its window, µs.
    pub window_us: u64,
    /// Right replies from its first request, before the window, until nothing was in flight.
    pub replies: u64,
    /// The server's processor time for them, µs; none where it is not known.
    pub server_cpu_us: Option<u64>,
    /// The generator's, likewise.
    pub client_cpu_us: Option<u64>,
    /// The speed probe just before it, µs on each processor.
    pub probe_us: Vec<u32>,
    /// Whether the server did not come to rest after it, and was stopped.
    pub stopped: bool,
}

type SliceFields = (u32, u64, u64, u64, Option<u64>, Option<u64>, Vec<u32>, bool);

impl From<SliceFields> for RunSlice {
    fn from(fields: SliceFields) -> Self {
        let (order, at_ms, window_us, replies, server_cpu_us, client_cpu_us, probe_us, stopped) = fields;
        Self { order, at_ms, window_us, replies, server_cpu_us, client_cpu_us, probe_us, stopped }
    }
}

impl From<RunSlice> for SliceFields {
    fn from(slice: RunSlice) -> Self {
        let RunSlice { order, at_ms, window_us, replies, server_cpu_us, client_cpu_us, probe_us, stopped } = slice;
        (order, at_ms, window_us, replies, server_cpu_us, client_cpu_us, probe_us, stopped)
    }
}

/// What the stand-in for places did during a run, warm-up included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacesUse {
    /// Searches taken.
    pub requests: u64,
    /// Its processor time, seconds.
    pub cpu_s: f64,
}

/// Memory with so many connections.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemoryStep {
    /// Connections at this step.
    pub connections: u32,
    /// Whether they carried load (`true`) or were idle.
    pub is_active: bool,
    /// What the server and the kernel held.
    pub held: Held,
    /// Bytes of socket buffers of the whole machine (`/proc/net/sockstat`, pages of TCP), KiB.
    pub tcp_kib: u64,
}

/// What the servers of a herd did in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HerdUse {
    /// The servers, the one that was told the updates first.
    pub servers: Vec<HerdServer>,
    /// The same load on a server that only replies, whole (`loadgen-run/1`); `null` where no time was measured.
    pub null: Option<Box<RunResult>>,
}

/// One server of a herd.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HerdServer {
    /// Its name.
    pub name: String,
    /// Its processor time in the window, seconds; `null` where it was not read.
    pub cpu_s: Option<f64>,
    /// Records that it sent to neighbours during the run, lead-in included; `null` where it has no admin page.
    pub records_sent: Option<u64>,
    /// Batches that it sent them, likewise.
    pub batches_sent: Option<u64>,
}

impl Run {
    /// What `format` says.
    pub const FORMAT: &str = "herd-run/3";

    /// Its file, from the run directory, and its line.
    #[must_use]
    pub fn source(&self) -> String {
        format!("runs/{}/{}.jsonl#L{}", self.workload, self.variant, self.line)
    }

    /// Reads the load generator's result; why it cannot be read, if so.
    pub fn result<T: Document>(&self) -> Result<T, String> {
        if self.loadgen.is_null() {
            return Err("damaged: the load generator's result is missing".to_owned());
        }
        from_value(&self.loadgen).map_err(|error| match error {
            ReadError::Damaged(_) => error.to_string(),
            ReadError::Newer { .. } | ReadError::Other { .. } => format!("the load generator's result: {error}"),
        })
    }
}
