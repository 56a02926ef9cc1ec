use serde::{Deserialize, Serialize};

use super::Step;

/// Why the figures may be believed, and where not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// One line for people: blocks, twins, stalls, placement, box-bound.
    pub line: String,
    /// Blocks that the plan asked for, and those with all their runs.
    pub blocks_planned: u32,
    /// Blocks with all their runs.
    pub blocks_whole: u32,
    /// Runs that count, and those that do not.
    pub runs_measured: u32,
    /// Runs that were excluded.
    pub runs_excluded: u32,
    /// Share of the runs in which less than 10 % of the machine was idle.
    pub box_bound_share: f64,
    /// The same variant twice, by workload and metric.
    pub twins: Vec<TwinCheck>,
    /// What the machine did by itself; none where it was not probed.
    pub stalls: Option<StallCurve>,
    /// What the machine check said, and what the analysis found that a reader must know.
    pub warnings: Vec<String>,
}

/// A twin row in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwinCheck {
    /// The row (`Row::id`).
    pub row: String,
    /// Whether its interval does not lie wholly beyond the margin.
    pub is_passed: bool,
}

/// Stalls of the machine, from all spin probes of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StallCurve {
    /// Share of the probed time that was lost in stalls above 100 µs.
    pub share: f64,
    /// The longest one, µs.
    pub longest_us: f64,
    /// Time probed over all processors, seconds.
    pub probed_s: f64,
    /// What a request that is due at a random moment waits for the machine alone, ascending; empty where the lengths of the stalls
    /// were not kept.
    #[serde(default)]
    pub steps: Vec<Step>,
}
