use serde_json::Value;

use crate::results::{HerdUse, MemoryStep, PlacesUse, RunSlice, Status, TopologyUse};

/// What came of a run.
pub(in crate::runner) struct Measurement {
    pub(in crate::runner) status: Status,
    pub(in crate::runner) command: Vec<String>,
    pub(in crate::runner) server_command: Vec<String>,
    pub(in crate::runner) waiting_cpu_share: f64,
    pub(in crate::runner) places: Option<PlacesUse>,
    pub(in crate::runner) memory: Vec<MemoryStep>,
    pub(in crate::runner) journal_dropped: Option<u64>,
    pub(in crate::runner) herd: Option<HerdUse>,
    pub(in crate::runner) topology: Option<TopologyUse>,
    pub(in crate::runner) slices: Vec<RunSlice>,
    pub(in crate::runner) loadgen: Value,
}

impl Default for Measurement {
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
            topology: None,
            slices: Vec::new(),
            loadgen: Value::Null,
        }
    }
}

impl Measurement {
    /// One that was not made, as the system would reach this limit.
    pub(in crate::runner) fn limit(why: &str) -> Self {
        Self { status: Status::Limit(why.to_owned()), ..Self::default() }
    }

    /// One that does not count, through its variant's own fault.
    pub(super) fn failed(why: String) -> Self {
        Self { status: Status::Failed(why), ..Self::default() }
    }
}
