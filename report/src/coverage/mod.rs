//! Tests the statistics themselves (`report/METHOD.md` 2.9): blocks are simulated by the thousand, each set is estimated
//! and judged as a comparison would be, and what the intervals cover and the verdicts claim is counted against the truth.
//!
//! Invariant: a seed decides all of it.

mod command;
mod noise;
mod pairs;
mod table;
mod tally;
mod trial;

pub use command::CoverageArgs;
pub use noise::Noise;
use pairs::enough;
pub use pairs::{PairsError, lag_one_correlation, read_pairs};
pub use table::table;
pub use tally::{Coverage, Rate, TrialResult};
pub use trial::{Trial, trials};
