//! The rivals from outside: the same servers in other languages, each started as its variant file says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod check;
#[expect(dead_code, reason = "tests/herd has more uses for a client")]
#[path = "../herd/client.rs"]
mod client;
mod mixed;
#[expect(dead_code, reason = "tests/cli has more uses for a process")]
#[path = "../cli/process.rs"]
mod process;
mod student;
mod variants;
