//! The herd from outside: real processes, real sockets, one table of engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod client;
mod crowd;
mod drain;
mod engine;
mod extremes;
mod fairness;
mod five;
mod journal;
mod limits;
#[expect(dead_code, reason = "tests/cli has more uses for a process")]
#[path = "../cli/process.rs"]
mod process;
mod server;
mod threads;
mod transcripts;
