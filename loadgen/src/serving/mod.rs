//! What the servers of this package share: listening, taking connections, stopping at a signal.
//!
//! Invariant: connections are bounded by the descriptors that this process may open, and nothing here knows what is
//! said on them.

mod arrivals;
mod child;
mod cpu;
mod listener;
mod poller;
mod room;
mod stop;

pub(crate) use arrivals::{is_passing, refuse, rest};
pub(crate) use child::{Child, end_with_parent};
pub(crate) use cpu::processor_time;
pub(crate) use listener::listen;
pub(crate) use poller::{Event, Poller, Source};
pub(crate) use room::room_for_connections;
pub(crate) use stop::Stop;
