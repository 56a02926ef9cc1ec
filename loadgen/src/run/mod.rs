//! The load generator: drives a load against running servers, measures, and first of all judges itself.
//!
//! `report/METHOD.md` says how and why it measures; `loadgen/README.md` documents the command and its result.
//!
//! Invariants: a request's latency counts from its intended start; what failed is never dropped; nothing that is sent
//! depends on what the system or the server does, only on the plan and its seed; a run ends one time-out after its
//! window at the latest.

mod plan;
mod workload;

mod client;
mod herd;
mod measure;
mod schedule;
mod verdict;

mod ceiling;
mod coordinator;
mod measurement;
mod ports;
mod reach;
mod workers;

mod args;
mod command;
mod terminal;

pub(crate) use args::raw_load;
pub(crate) use client::{DrivenSlice, LoadSlice, SharedProgress, Then};
pub(crate) use coordinator::RUN_UP_NS;
pub(crate) use measure::{Clock, MachineCounters, nanos, processor_seconds, processor_time};
pub(crate) use measurement::CoordinatorReadings;
pub(crate) use reach::{make_room, reach};
pub(crate) use schedule::{Draws, RandomStream};
pub(crate) use terminal::show_progress;
pub(crate) use verdict::Met;
pub(crate) use workers::{Shared, Workers};

pub use args::LoadArgs;
pub use ceiling::Ceiling;
pub use client::{LiveFigures, Progress};
pub use command::RunArgs;
pub use coordinator::run;
#[doc(hidden)]
pub use measure::Recording;
pub use measure::{Fault, Latencies, ProcessorTicks};
pub use measurement::Measurement;
pub use plan::{FakePeer, HerdObservation, Pace, Plan, Poll, ServerProcess, Spread};
pub use schedule::trace_hash;
pub use verdict::Threshold;
pub use workload::{HerdLoad, Mix, RawLoad, Workload};
