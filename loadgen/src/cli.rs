use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    check::CheckArgs,
    null::NullArgs,
    places::PlacesArgs,
    race::RaceArgs,
    run::RunArgs,
    selftest::{SelftestArgs, ServerArgs},
    show::ShowArgs,
    sweep::SweepArgs,
};

/// Loads and checks running server herds, and stands in for what they depend on.
#[derive(Debug, Parser)]
#[command(name = "loadgen", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(CheckArgs),
    Null(NullArgs),
    Places(PlacesArgs),
    Race(Box<RaceArgs>),
    Run(Box<RunArgs>),
    Selftest(SelftestArgs),
    #[command(hide = true)]
    SelftestServer(ServerArgs),
    Show(ShowArgs),
    Sweep(Box<SweepArgs>),
}

impl Cli {
    /// Runs the command that was asked for; loadgen/README.md has the exit statuses.
    #[must_use]
    pub fn execute(self) -> ExitCode {
        match self.command {
            Command::Check(args) => args.execute(),
            Command::Null(args) => args.execute(),
            Command::Places(args) => args.execute(),
            Command::Race(args) => args.execute(),
            Command::Run(args) => args.execute(),
            Command::Selftest(args) => args.execute(),
            Command::SelftestServer(args) => args.execute(),
            Command::Show(args) => args.execute(),
            Command::Sweep(args) => args.execute(),
        }
    }
}
