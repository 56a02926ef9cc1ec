//! The whole herd on one terminal: one child process per server.
//!
//! Invariant: no child outlives this process, however it ends. Children are started from the main thread, which lives
//! as long as the process does, because the signal of `--exit-with-parent` follows the thread.

mod banner;
mod child;
mod output;
mod run;
mod supervisor;

pub(super) use run::up;
