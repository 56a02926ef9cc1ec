//! The load generator on trial: it measures a server whose service times and whose one freeze are known, and what it
//! finds is compared with the closed form. The same answers are then read in the wrong ways that are usual, to show how
//! wrong each would have been, and that the comparison notices.
//!
//! Invariant: what is expected is computed from what was arranged alone, never from what was measured of requests.

mod model;

mod server;
mod trial;

mod check;

mod command;
mod report;

pub use command::SelftestArgs;
pub use server::ServerArgs;
