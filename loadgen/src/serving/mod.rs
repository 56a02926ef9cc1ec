//! What the servers of this package share: listening, taking connections, stopping at a signal.
//!
//! Invariant: connections are bounded by the descriptors that this process may open, and nothing here knows what is
//! said on them.

mod accept;
mod child;
mod poller;
mod stop;

pub(crate) use accept::{is_passing, listen, pause_after_failure, raise_connection_limit, refuse};
pub(crate) use child::{Child, end_with_parent};
pub(crate) use poller::{Event, Poller, Source, Watch};
pub(crate) use stop::Stop;
