use serde::{Deserialize, Serialize};

use crate::experiments::Observation;

/// A line of `experiments/NAME.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// The line of its file, from 1; 0 where it was not read from one.
    #[serde(skip)]
    pub line: u32,
    /// `herd-observation/1`.
    pub format: String,
    /// What was observed.
    #[serde(flatten)]
    pub observation: Observation,
}

impl Observed {
    /// What `format` says.
    pub const FORMAT: &str = "herd-observation/1";

    /// A line that is to be written.
    #[must_use]
    pub fn new(observation: Observation) -> Self {
        Self { line: 0, format: Self::FORMAT.to_owned(), observation }
    }

    /// Its file, from the run directory, and its line.
    #[must_use]
    pub fn source(&self) -> String {
        format!("experiments/{}.jsonl#L{}", self.observation.experiment, self.line)
    }
}
