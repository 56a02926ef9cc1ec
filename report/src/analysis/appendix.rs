use serde::{Deserialize, Serialize};

/// What a sceptic asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Appendix {
    /// Latency over all percentiles, merged over blocks; merged percentiles describe, verdicts come from blocks.
    pub percentiles: Vec<PercentileCurve>,
    /// Replies by second.
    pub seconds: Vec<SecondCurve>,
    /// Every run in the order in which it was made.
    pub order: Vec<OrderEntry>,
    /// Runs that do not count.
    pub excluded: Vec<Excluded>,
    /// Command lines that repeat it: the whole comparison first, then one server and one load for each workload.
    pub commands: Vec<String>,
}

/// One variant's latencies in one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PercentileCurve {
    /// The workload's name.
    pub workload: String,
    /// The variant's name.
    pub variant: String,
    /// Ascending.
    pub steps: Vec<Step>,
}

/// One point of a percentile curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// 0 to 1.
    pub quantile: f64,
    /// µs.
    pub latency_us: f64,
}

/// One run's replies by second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecondCurve {
    /// The workload's name.
    pub workload: String,
    /// The variant's name.
    pub variant: String,
    /// The block.
    pub block: u32,
    /// Replies in each whole second of the window.
    pub completed: Vec<u64>,
    /// The raw file.
    pub source: String,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderEntry {
    /// When it began, seconds after the comparison did.
    pub at_s: f64,
    /// The block.
    pub block: u32,
    /// The workload's name.
    pub workload: String,
    /// The variant's name.
    pub variant: String,
    /// The raw file.
    pub source: String,
}

/// A run that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The raw file.
    pub source: String,
    /// Why.
    pub why: String,
}
