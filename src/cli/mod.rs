//! The command line, one for both binaries: what was typed (`args`), what it means, and the commands that are not an
//! engine's.
//!
//! Invariant: nothing in here serves clients or peers; that is left to the [`Engine`].

mod args;
mod ask;
mod check;
mod diagnostics;
mod exit;
mod run;
mod serve;
mod table;
mod terminal;
mod up;

use exit::Failure;
pub use run::{Engine, NoFlags, main};
