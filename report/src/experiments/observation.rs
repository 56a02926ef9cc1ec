//! One measured value of an experiment, a line of its file.

use serde::{Deserialize, Serialize};

/// One value that an experiment measured or counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The experiment, as its file names it: `order`, `joining`, `faults`, `kernels`, `dependencies`.
    pub experiment: String,
    /// The variant of the server, or the language or runtime, that it is of.
    pub variant: String,
    /// What was varied: a mode, a dose, a stage.
    pub case: String,
    /// The round it was taken in; rounds interleave variants.
    pub round: u32,
    /// What was measured, with its unit: `cpu_ns_per_object`, `unknown_replies`.
    pub metric: String,
    /// The value, in the metric's unit.
    pub value: f64,
    /// How many trials, where the value counts those that went one way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trials: Option<u64>,
    /// What a person should know of it: why it was not run, what a checker said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Observation {
    /// The metric of a variant that was not run; the note says why.
    pub const NOT_RUN: &str = "not_run";
}
