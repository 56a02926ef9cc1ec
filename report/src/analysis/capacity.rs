use serde::{Deserialize, Serialize};

use super::Estimate;

/// The highest rates at which an objective is kept, for one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapacityTable {
    /// The workload's name.
    pub workload: String,
    /// What had to hold, such as `p99<=50ms,errors<=0.1%`.
    pub objective: String,
    /// Why the objective's tail is decided by the machine as much as by a server; none where it decides.
    pub undecidable: Option<String>,
    /// One line for each variant, in the plan's order.
    pub cells: Vec<CapacityCell>,
}

/// One variant's capacity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapacityCell {
    /// The variant's name.
    pub variant: String,
    /// Requests a second: the median of what held, over the blocks.
    pub capacity_per_s: Option<Estimate>,
    /// What each block found.
    pub searches: Vec<SearchEntry>,
    /// Why there is none: "not run: ...", "limit: ..."; else empty.
    pub why: String,
}

/// One search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchEntry {
    /// The block.
    pub block: u32,
    /// The highest rate that kept the objective, requests a second.
    pub holds_per_s: f64,
    /// The lowest rate that failed, twice; none where none did.
    pub fails_per_s: Option<f64>,
    /// The one over the other, the search resolution: no interval.
    pub resolution: Option<f64>,
    /// What ended it.
    pub ended_by: EndedBy,
    /// Probes that it took.
    pub probes: u32,
    /// The raw file.
    pub source: String,
}

/// What a higher rate failed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// The server: some of the machine was idle.
    Server,
    /// The box: less than 10 % of the machine was idle, so that client and server were in each other's way.
    Box,
    /// The load generator, which convicted itself: the server may do more.
    Generator,
}

impl EndedBy {
    /// All there are.
    pub(crate) const ALL: [Self; 3] = [Self::Server, Self::Box, Self::Generator];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Box => "box",
            Self::Generator => "generator",
        }
    }
}
