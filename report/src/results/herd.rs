use loadgen::result::RunResult;
use serde::{Deserialize, Serialize};

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
