//! The command `loadgen`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use loadgen::{check::CheckArgs, null::NullArgs, places::PlacesArgs};

/// Asks a running server herd questions from outside.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(CheckArgs),
    Null(NullArgs),
    Places(PlacesArgs),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check(args) => args.execute(),
        Command::Null(args) => args.execute(),
        Command::Places(args) => args.execute(),
    }
}
