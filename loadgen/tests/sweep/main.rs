//! Sweeps against servers with a known limit.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod capacity;
mod grid;
#[expect(dead_code, reason = "the tests of a single run have more uses for a server")]
#[path = "../run/server.rs"]
mod server;

use std::process::{Command, Output};

use serde_json::Value;

/// What a sweep of short runs prints.
fn sweep(args: &[&str]) -> Output {
    let quick = ["--warmup", "0s", "--timeout", "300ms", "--stall-probe", "0s", "--drain", "10ms"];
    Command::new(env!("CARGO_BIN_EXE_loadgen")).arg("sweep").args(args).args(quick).output().unwrap()
}

/// Its document.
fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {} {}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}
