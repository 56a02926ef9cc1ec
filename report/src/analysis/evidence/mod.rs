//! What the runs of a directory measured, in numbers that were checked; and what of them does not count, with the reason.
//!
//! Invariant: whatever a file held, a reading's numbers are finite and make sense together.

mod estimates;
mod figures;
mod found;
mod ledger;
mod measure;
mod memory_lines;
mod reading;
mod stalls;

pub(crate) use estimates::estimate;
pub(super) use figures::Figures;
pub(super) use found::Found;
pub(super) use ledger::{Ledger, run_source, server_run_source};
pub(super) use measure::{excess_over_ms, measure};
pub(super) use memory_lines::{MemoryPart, memory_slope};
pub(super) use reading::Reading;
pub(super) use stalls::StallProbe;
