//! What asks a server herd questions from outside: the conformance check and the load generator; and what a measurement
//! needs around the servers: constant-reply servers as ceilings, and a Places service with delay and faults.
//!
//! Everything here speaks to a running server of any implementation through its ports alone.

mod cli;
mod output;
mod values;

pub mod check;
pub mod format;
pub mod http;
pub mod interrupt;
pub mod null;
pub mod page;
pub mod places;
pub mod race;
pub mod result;
pub mod run;
pub mod selftest;
mod serving;
pub mod show;
pub mod sweep;

pub use cli::Cli;
