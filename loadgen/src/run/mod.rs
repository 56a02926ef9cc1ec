//! The load generator: drives a load against running servers, measures, and first of all judges itself.
//!
//! `report/METHOD.md` says how and why it measures; `loadgen/README.md` documents the command and its result.
//!
//! Invariants: a request's latency counts from its intended start; what failed is never dropped; nothing that is sent
//! depends on what the system or the server does, only on the plan and its seed; a run ends one time-out after its
//! window at the latest.

mod plan;
mod workload;

mod arrivals;
mod random;
mod reply;
mod wording;

mod counts;
mod fault;
mod quantile;
mod recording;
mod seconds;
mod tally;
mod times;

mod admission;
mod connection;
mod desk;
mod dial;
mod exchange;
mod watch;
mod worker;

mod conductor;
mod machine;
mod seat;
mod settle;
mod stalls;

mod args;
mod ceiling;
mod command;
mod document;
mod interrupt;
mod outcome;
mod screen;
mod summary;
mod threshold;
mod values;
mod verdict;

pub(crate) use document::{create, is_stdout, write_json};
pub(crate) use interrupt::interrupt_on_signals;
pub(crate) use random::Source;
pub(crate) use screen::Screen;
pub(crate) use threshold::Met;
pub(crate) use values::{duration, rate};

pub use args::LoadArgs;
pub use arrivals::trace_hash;
pub use ceiling::Ceiling;
pub use command::RunArgs;
pub use conductor::{Progress, run};
pub use fault::Fault;
pub use outcome::Outcome;
pub use plan::{HerdWatch, Pace, Plan, Poll, ServerProcess, Spread};
pub use quantile::Latencies;
#[doc(hidden)]
pub use recording::Recording;
pub use seat::Seat;
pub use threshold::Threshold;
pub use watch::Watched;
pub use workload::{HerdLoad, Mix, RawLoad, Workload};
