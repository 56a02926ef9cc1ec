//! What is measured of a variant, a file for each kind of workload.

mod capacity;
mod herd;
mod measurement;
mod memory;
mod race;
mod timed;

mod deployment;
mod outage;
mod raced_herd;
mod topology;

pub(super) use capacity::measure as capacity;
pub(super) use herd::measure as herd;
pub(super) use measurement::Measurement;
pub(super) use memory::measure as memory;
pub(super) use race::measure as race;
pub(super) use topology::measure as topology;
