//! What is asked and when: everything that is drawn from the seed.
//!
//! Invariant: the trace depends on the plan and its seed alone, not on the server, the system or the number of workers.

mod random;

mod arrivals;
mod draws;
mod format;

pub(crate) use arrivals::{Arrival, Arrivals};
pub(crate) use draws::{Draws, Request};
pub(crate) use format::RequestFormat;
pub(crate) use random::RandomStream;

pub use arrivals::trace_hash;
