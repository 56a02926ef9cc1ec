//! The herd's wire protocols, as `PROTOCOL.md` beside this file defines them: bytes in, bytes out.
//!
//! Invariant: no socket, clock, thread, lock or `async` in here. Callers pass the bytes and the time; what comes out
//! is for them to send.

mod name;

pub use name::{InvalidName, Name};
