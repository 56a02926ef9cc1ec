use loadgen::result::{Document, Held, ReadError, RunResult, from_value};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One measured workload on one variant in one block, or an attempt at it that was excluded: a line of
/// `runs/WORKLOAD/VARIANT.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The line of its file, from 1; 0 where it was not read from one.
    #[serde(skip)]
    pub line: u32,
    /// `herd-run/2`.
    pub format: String,
    /// From 1.
    pub block: u32,
    /// Position among the runs of its workload in its block, from 1.
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
    /// The load generator's command line; none where it was not reached.
    pub command: Vec<String>,
    /// The command line that started the server.
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
    /// It does not, for this reason; it was repeated if the budget allowed it.
    Excluded(String),
    /// A limit of the system was reached: never slow, never repeated.
    Limit(String),
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
    pub const FORMAT: &str = "herd-run/2";

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
