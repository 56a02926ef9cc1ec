//! A server that can take part in a comparison, as a `NAME.variant.toml` tells: what it is, what it needs, how it is
//! built, started and asked for its version. `benches/rivals/README.md` documents the files.
//!
//! Invariant: every process that is started here runs in a process group of its own and has a deadline or an owner;
//! when the owner is dropped, the whole group is killed.

mod error;
mod template;

mod file;
mod foreign;

mod commands;
mod process;
mod reserved;
mod running;

pub use error::{Missing, VariantError};
pub use file::{LoadKind, Need, Part, Readiness, Variant, in_directory, variants_in};
pub use foreign::{Foreign, Linked};
pub(crate) use process::Process;
pub(crate) use reserved::reserved_address;
pub use running::{Ready, Running};
pub use template::{Launch, Peer};
