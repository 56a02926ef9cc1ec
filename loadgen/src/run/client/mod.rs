//! The workers: threads that open connections, send what is due on them, and check what comes back.
//!
//! Invariant: a worker shares nothing with another but the clock, the trace and the progress that it shows.

mod dial;
mod pending;
mod reply;

mod context;

mod connection;

mod carried;
mod exchange;

mod progress;

mod admission;
mod worker;

pub(crate) use progress::SharedProgress;
pub(crate) use reply::{AcknowledgedClient, Checker, Depth, Framed, frame};
pub(crate) use worker::{DrivenSlice, LoadSlice, Then, Worker, WorkerMessage, WorkerReport};

pub use progress::{LiveFigures, Progress};
