//! The workers: threads that open connections, send what is due on them, and check what comes back.
//!
//! Invariant: a worker shares nothing with another but the clock, the trace and the progress that it shows.

mod dial;
mod pending;
mod reply;

mod context;

mod connection;
mod exchange;

mod progress;

mod admission;
mod worker;

pub(crate) use progress::Watch;
pub(crate) use reply::{Checker, Depth, Framed, Known, frame};
pub(crate) use worker::{Finding, Word, Worker};

pub use progress::Watched;
