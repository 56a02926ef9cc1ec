//! The command `loadgen`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use loadgen::{check::CheckArgs, null::NullArgs, places::PlacesArgs, run::RunArgs};

/// Loads and checks running server herds, and stands in for what they depend on.
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
    Run(Box<RunArgs>),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check(args) => args.execute(),
        Command::Null(args) => args.execute(),
        Command::Places(args) => args.execute(),
        Command::Run(args) => args.execute(),
    }
}
