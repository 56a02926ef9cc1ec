use serde::{Deserialize, Serialize};

/// The life of one server in one block: `blocks/NNN-VARIANT.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Life {
    /// `herd-life/1`.
    pub format: String,
    /// From 1.
    pub block: u32,
    /// The variant's name.
    pub variant: String,
    /// The command line that started it.
    pub command: Vec<String>,
    /// Right replies over its whole life, warm-ups included.
    pub replies: u64,
    /// Context switches over its whole life, by `wait4`; `null` where they are not known.
    pub switches: Option<Switches>,
    /// Processor time of its whole life, seconds.
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

impl Life {
    /// What `format` says.
    pub const FORMAT: &str = "herd-life/1";
}
