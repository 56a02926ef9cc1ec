//! Carries a comparison out: blocks of fresh servers, one workload at a time, variants back to back in an order drawn from
//! the plan's seed, every run written down at once. `report/METHOD.md` section 2 says why.
//!
//! Invariants: what was measured is never measured again and never lost; no process outlives the comparison, not even where
//! it is killed; whatever makes a run unfit to count is written down with the run.

mod comparison;
mod options;
mod outline;
mod resumption;
mod rig;

mod block;
mod crew;
mod outcome;
mod rest;
mod schedule;
mod search;
mod server;

mod admin;
mod herd;
mod journals;
mod judge;
mod load;
mod memory;
mod places;
mod tool;

mod calibration;
mod entrants;
mod fingerprint;
mod fitness;
mod surroundings;

mod guard;
mod interrupt;
mod progress;

pub use comparison::{can_be_resumed, compare};
pub use guard::enter;
pub use interrupt::Interrupted;
pub use options::{Builds, Options, Strictness};
pub use outline::outline;
