use serde::{Deserialize, Serialize};

use super::{Contrast, Margins, Workload};

/// A plan, with everything filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// One sentence for people.
    pub about: String,
    /// What every order and trace is drawn from.
    pub seed: u64,
    /// Repetitions of everything; the unit of analysis.
    pub blocks: u32,
    /// Load on each variant at the start of a block, seconds.
    pub warmup_s: f64,
    /// Length of a window, seconds.
    pub measure_s: f64,
    /// Length of the spin probe for stalls before the first block and after the last one, seconds.
    #[serde(default = "ten")]
    pub stall_probe_s: f64,
    /// Which processors the server and the load generator get.
    pub placement: Placement,
    /// The variants, by name.
    pub variants: Vec<String>,
    /// The thread-per-connection variant of the answer.
    pub threads: String,
    /// The async variant of the answer.
    pub tasks: String,
    /// The variant that is `threads` once more: what the two differ by is noise.
    pub twin: String,
    /// What differences matter.
    pub margins: Margins,
    /// How many broken runs may be repeated, over the whole comparison; each block brings its share of them.
    pub repeats: u32,
    /// What is run, in the order in which a block runs it.
    pub workload: Vec<Workload>,
    /// The rows that decide.
    pub primary: Vec<Contrast>,
}

/// Which processors the server and the load generator get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Both may use all.
    Free,
    /// The load generator gets the last processor, the server all others.
    Split,
}

/// METHOD 1.7.
pub(super) fn ten() -> f64 {
    10.0
}
