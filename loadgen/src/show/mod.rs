//! Results of `loadgen run` for people: one page of a run, or of several over each other, and their figures in a table.
//!
//! Invariant: a pure function of the results; [`ShowArgs`] alone reads and writes files.

mod named;

mod asked;
mod charts;
mod figures;

mod page;

mod command;

pub use command::ShowArgs;
pub use named::NamedRun;
pub use page::page;
