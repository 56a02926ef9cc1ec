use std::process::ExitCode;

use super::{
    args::{Args, Command},
    ask::ask,
    check::check,
    exit::Failure,
    serve::serve,
    terminal,
    up::up,
};
use crate::config::{DEFAULT_TOML, Serve};

/// What differs between the binaries; `Flags` are those of `serve` and `up` that only one of them has.
#[derive(Clone, Copy, Debug)]
pub struct Engine<Flags> {
    /// The binary's name, as it is typed: `herd` or `herd-async`.
    pub name: &'static str,
    /// Runs one server until it has drained; returns early only if it cannot start.
    pub serve: fn(Serve, &Flags) -> anyhow::Result<()>,
}

/// The flags of an engine that has none of its own.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct NoFlags {}

/// Runs the command that the process was started with; the exit code is documented in `--help`.
#[must_use]
pub fn main<Flags: clap::Args>(engine: &Engine<Flags>) -> ExitCode {
    match run(Args::typed(engine.name), engine) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(engine.name),
    }
}

fn run<Flags: clap::Args>(args: Args<Flags>, engine: &Engine<Flags>) -> Result<(), Failure> {
    match args.command {
        Command::Serve(args) => serve(*args, engine),
        Command::Up(args) => up(&args, engine.name),
        Command::Ask(args) => ask(&args),
        Command::Check(args) => check(&args),
        Command::Config => terminal::print(DEFAULT_TOML),
    }
}
