//! HTTP/1.1 as what carries command lines: a POST for what is sent, the bodies of its responses for what is read.
//!
//! Invariant: sans-IO. Bytes go in and come out; no socket and no clock.

mod bodies;
mod transport;

pub use bodies::{Bodies, HttpError};
pub use transport::Transport;
