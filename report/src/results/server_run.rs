use serde::{Deserialize, Serialize};

/// What one server of a block did, from its start to its end: a line of `servers/VARIANT.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerRun {
    /// The line of its file, from 1; 0 where it was not read from one.
    #[serde(skip)]
    pub line: u32,
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

    /// Its file, from the run directory, and its line.
    #[must_use]
    pub fn source(&self) -> String {
        format!("servers/{}.jsonl#L{}", self.variant, self.line)
    }
}
