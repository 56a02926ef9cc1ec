//! The blocking engine: an OS thread for each client connection and each link end.
//!
//! Invariant: every decision is the core's ([`crate::protocol`], [`crate::state`], [`crate::places`]); in here bytes are
//! moved, and waited for, each wait with a deadline. `tasks/` is its twin, function for function, but that only on a worker
//! can connections share a `buffer_pool`, and only a thread is worth keeping in a `thread_cache`. Before a busy link empties
//! its queue its thread lets others run; a worker does so by itself. The system interrupts a thread; a client's task lets
//! others run after so many bytes.

mod accept;
mod admin;
mod client;
mod clients;
mod drain;
mod http;
mod inbound;
mod inbox;
mod link;
mod node;
mod open_clients;
mod outbound;
mod peers;
mod places;
mod refusals;
mod server;
mod thread_cache;
mod tracker;
mod wire;

pub use server::{Server, serve};
