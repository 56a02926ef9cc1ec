use serde::{Deserialize, Serialize};

/// What one server of a block did, from its start to its end: `blocks/NNN-VARIANT.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerRun {
    /// `herd-life/1`.
    pub format: String,
    /// From 1.
    pub block: u32,
    /// The variant's name.
    pub variant: String,
    /// The command line that started it.
    pub command: Vec<String>,
    /// Right replies over all of its time, warm-ups included.
    pub replies: u64,
    /// Context switches over all of its time, by `wait4`; `null` where they are not known.
    pub switches: Option<Switches>,
    /// Processor time of all of its time, seconds.
    pub cpu_s: f64,
    /// How it ended: "drained", "killed", or what happened.
    pub end: String,
}

/// Context switches of a process and all its threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switches {
    /// It waited.
    pub voluntary: u64,
    /// It was preempted.
    pub involuntary: u64,
}

impl ServerRun {
    /// What `format` says.
    pub const FORMAT: &str = "herd-life/1";
}
