//! What the runs of a directory measured, in numbers that were checked; and what of them does not count, with the reason.
//!
//! Invariant: whatever a file held, a reading's numbers are finite and make sense together.

mod figures;
mod found;
mod ledger;
mod measure;
mod reading;
mod stalls;

pub(super) use figures::Figures;
pub(super) use found::Found;
pub(super) use ledger::Ledger;
pub(super) use measure::{MemoryPart, excess_over_ms, is_bound_by_delay, measure, memory_slope, value, why_none};
pub(super) use reading::Reading;
pub(super) use stalls::StallProbe;
