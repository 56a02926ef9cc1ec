//! Servers whose provider of places misbehaves: real processes against a scripted HTTP server on this machine.
//!
//! Whatever the provider does, a client gets the AT line and a valid document in time, and its connection lives on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod failures;
mod limits;
mod names;
mod node;
#[path = "../cli/process.rs"]
#[expect(dead_code, reason = "the tests of the command line use all of it")]
mod process;
mod secrets;
mod setup;
mod stand_in;

/// Every engine under test; each test goes through all of them and names the one that fails.
const ENGINES: &[&str] = &[
    env!("CARGO_BIN_EXE_herd"),
    #[cfg(feature = "async")]
    env!("CARGO_BIN_EXE_herd-async"),
];
