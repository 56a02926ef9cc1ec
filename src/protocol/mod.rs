//! The herd's wire protocols, as `PROTOCOL.md` beside this file defines them: bytes in, bytes out.
//!
//! Invariant: no socket, clock, thread, lock or `async` in here. Callers pass the bytes and the time; what comes out
//! is for them to send.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod at;
mod command;
mod decimal;
mod line;
mod link;
mod location;
mod name;
mod other_protocol;
mod query;
mod run;
mod session;
#[cfg(test)]
mod session_tests;
mod time;

pub use at::{At, write_at};
pub use command::{Command, Iamat, Verb, Whatsat};
pub use line::{Ending, Line, LineBuffer};
pub use link::{Acceptor, Backoff, Dialer, LinkEnd, Queue, Received, Sent};
pub use location::Location;
pub use name::{InvalidName, Name};
pub use query::Query;
pub use session::{Answer, Close, Directory, Rules, Session, Step, Told, Waiting};
pub use time::Time;
