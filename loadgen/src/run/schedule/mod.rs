//! What is asked and when: everything that is drawn from the seed.
//!
//! Invariant: the trace depends on the plan and its seed alone, not on the server, the system or the number of workers.

mod random;

mod arrivals;
mod draws;
mod format;

pub(crate) use arrivals::{Arrival, Arrivals};
pub(crate) use draws::{Ask, Draws};
pub(crate) use format::Wording;
pub(crate) use random::Source;

pub use arrivals::trace_hash;
