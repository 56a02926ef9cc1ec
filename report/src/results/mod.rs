//! The run directory: all that a comparison has measured, in files that can be read for years.
//! `report/README.md` documents the schema.
//!
//! Invariant: what was once written is never changed; a file is whole or not there.

mod end;
mod herd;
mod manifest;
mod run;
mod server_run;

mod contents;
mod directory;
mod error;

pub use contents::{Contents, Damaged};
pub use directory::{Cell, Found, RunDirectory};
pub use end::End;
pub use error::RecordError;
pub use herd::{HerdServer, HerdUse};
pub use manifest::{Machine, Manifest, Participant, Participation, Wakeups};
pub use run::{MemoryStep, PlacesUse, Run, Status};
pub use server_run::{ServerRun, Switches};
