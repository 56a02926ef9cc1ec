//! Constant-reply servers: they count lines, and answer each with the same bytes.
//!
//! Each is as fast as its model of concurrency can be made, so it is the ceiling for any server of that model: what a
//! real server does less, it spends on being a server.
//!
//! Invariant: a connection's memory is bounded, whatever it sends, and no request allocates.

mod answers;
mod command;
mod echo;
mod epoll;
mod reply;
mod threads;

pub(crate) use echo::Echo;

pub use command::{Model, NullArgs};
