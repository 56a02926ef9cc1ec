//! The run directory: all that a comparison has measured, in files that can be read for years.
//! `report/README.md` documents the schema.
//!
//! Invariant: what was once written is never changed; a record is a whole line, or it is told and left out.

mod error;
mod manifest;
mod observed;
mod run;
mod server_run;
mod topology;

mod lines;
mod store;

pub use error::RecordError;
pub use manifest::{End, Machine, Manifest, Participant, Participation, Wakeups};
pub use observed::Observed;
pub use run::{Cause, HerdServer, HerdUse, MemoryStep, PlacesUse, Run, RunSlice, Status, Void};
pub use server_run::{ServerRun, Switches};
pub use store::{Cell, Contents, Damaged, RunDirectory, SetAside, Written};
pub use topology::{Component, Kind, Outage, TopologyLoad, TopologyUse};
