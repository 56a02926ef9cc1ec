use serde_json::Value;

use crate::results::{HerdUse, MemoryStep, PlacesUse, Status};

/// What came of a run.
pub(super) struct Outcome {
    pub(super) status: Status,
    pub(super) command: Vec<String>,
    pub(super) server_command: Vec<String>,
    pub(super) waiting_cpu_share: f64,
    pub(super) places: Option<PlacesUse>,
    pub(super) memory: Vec<MemoryStep>,
    pub(super) journal_dropped: Option<u64>,
    pub(super) herd: Option<HerdUse>,
    pub(super) loadgen: Value,
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            status: Status::Measured,
            command: Vec::new(),
            server_command: Vec::new(),
            waiting_cpu_share: 0.0,
            places: None,
            memory: Vec::new(),
            journal_dropped: None,
            herd: None,
            loadgen: Value::Null,
        }
    }
}

/// What the load generator did.
pub(super) struct Driven {
    pub(super) command: Vec<String>,
    pub(super) result: Option<Value>,
    pub(super) said: String,
}
