//! Carries a comparison out: blocks of fresh servers, one workload at a time, variants back to back in an order drawn from
//! the plan's seed, every run written down at once. `report/METHOD.md` section 2 says why.
//!
//! Invariants: what was measured is never measured again and never lost; no process outlives the comparison, not even where
//! it is killed; whatever makes a run unfit to count is written down with the run.

mod session;

mod block;
mod experiments;
mod measure;
mod servers;
mod validity;

mod environment;
mod load;
mod participants;
mod preflight;

mod host;
mod process;
mod progress;
mod server;

pub use environment::Strictness;
pub use host::descriptors;
pub use participants::Builds;
pub use preflight::dry_run;
pub use process::{Interrupted, enter, guard};
pub use session::{Options, can_be_resumed, compare};
