//! What the runs of a directory measured, in numbers that were checked; and what of them does not count, with the reason.
//!
//! Invariant: whatever a file held, a reading's numbers are finite and make sense together.

mod figures;
mod found;
mod ledger;
mod reading;

pub(super) use figures::{Figures, StallProbe, Steadiness};
pub use found::EndedBy;
pub(super) use found::Found;
pub use ledger::Excluded;
pub(super) use ledger::{Ledger, value, why_none};
pub(super) use reading::{MemoryPart, Reading, excess_over_ms, is_bound_by_delay, measure, memory_slope};
