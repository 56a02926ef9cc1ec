//! The command `loadgen`.

use std::process::ExitCode;

use clap::Parser;
use loadgen::Cli;

fn main() -> ExitCode {
    Cli::parse().execute()
}
