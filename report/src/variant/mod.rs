//! A server that can take part in a comparison, as a `NAME.variant.toml` tells: what it is, what it needs, how it is
//! built, started and asked for its version. `benches/rivals/README.md` documents the files.
//!
//! Invariant: every process that is started here runs in a process group of its own and has a deadline or an owner;
//! when the owner is dropped, the whole group is killed.

mod directory;
mod error;
mod file;
mod launch;
mod need;
mod output;
mod process;
mod ready;
mod running;
mod template;

pub use directory::{in_directory, variants_in};
pub use error::VariantError;
pub use file::{Part, Readiness, Variant};
pub use launch::{Launch, Peer};
pub use need::{Missing, Need};
pub(crate) use process::Process;
pub use ready::Ready;
pub use running::Running;
