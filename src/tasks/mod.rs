//! The async engine: a tokio task for each client connection and each link end.
//!
//! Invariant: every decision is the core's ([`crate::protocol`], [`crate::state`], [`crate::places`]); in here bytes are
//! moved, and waited for, each wait with a deadline. `threads/` is its twin, function for function; its `mod.rs` says what
//! they differ in.

mod accept;
mod admin;
mod buffer_pool;
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
mod tracker;
mod wire;

pub use server::{Server, serve};
