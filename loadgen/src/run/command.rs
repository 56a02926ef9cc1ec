use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;

use super::{
    Outcome, Plan, Threshold, Watched,
    args::LoadArgs,
    document::{create, is_stdout, write_json},
    interrupt::interrupt_on_signals,
    run,
    screen::Screen,
    summary,
};

/// The run could not be carried out, or not one request was answered rightly.
const FAILED: u8 = 1;
/// Wrong usage; clap exits so too.
const USAGE: u8 = 2;
/// A condition of `--fail-if` holds.
const FAIL_IF: u8 = 3;
/// With `--strict`: the figures speak of the generator.
const CONVICTED: u8 = 4;
/// The bound on waiting requests was hit.
const OVERLOADED: u8 = 5;

/// Drives a load against running servers and prints what it found, and first of all what it found about itself.
///
/// Latency counts from a request's intended start on a fixed schedule (open loop), so a server that stalls cannot hide
/// it. Exit status: 0 ok, 1 failed, 2 wrong usage, 3 a --fail-if holds, 4 generator-limited (with --strict), 5 overloaded;
/// of several the first in the order 1, 5, 4, 3.
#[derive(Args, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    load: LoadArgs,
    /// Write the result to a file ("-" for standard output, instead of the summary); schema in loadgen/README.md.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the series, one row a second, to a file.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Exit with status 3 when this holds, such as 'p99>20ms' or 'errors>0.1%'; may be repeated.
    #[arg(long, value_name = "CONDITION")]
    fail_if: Vec<Threshold>,
    /// Exit with status 4 when the generator convicts itself.
    #[arg(long)]
    strict: bool,
}

impl RunArgs {
    /// Runs the command.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        let plan = match self.load.plan() {
            Ok(plan) => plan,
            Err(error) => return ExitCode::from(complain(&error, USAGE)),
        };
        match self.drive(&plan) {
            Ok(outcome) => ExitCode::from(self.status(&outcome)),
            Err(error) => ExitCode::from(complain(&error, FAILED)),
        }
    }

    fn drive(&self, plan: &Plan) -> anyhow::Result<Outcome> {
        let interrupt = interrupt_on_signals()?;
        let watched = if io::stderr().is_terminal() { Watched::Yes } else { Watched::No };
        let mut screen = Screen::new(watched);
        let outcome = run(plan, &interrupt, watched, &mut |progress| screen.show(&progress));
        screen.clear();
        let outcome = outcome?;
        self.write(&outcome)?;
        Ok(outcome)
    }

    fn write(&self, outcome: &Outcome) -> anyhow::Result<()> {
        if let Some(path) = &self.csv {
            let mut out = create(path)?;
            summary::series(outcome, &mut out).with_context(|| format!("cannot write {}", path.display()))?;
            out.flush()?;
        }
        if let Some(path) = &self.json {
            write_json(path, &outcome.json())?;
        }
        if !is_stdout(self.json.as_deref()) {
            summary::print(outcome, &mut io::stdout().lock())?;
        }
        Ok(())
    }

    fn status(&self, outcome: &Outcome) -> u8 {
        let holding: Vec<String> = self.fail_if.iter().filter_map(|condition| condition.holds(outcome)).collect();
        for found in &holding {
            eprintln!("loadgen run: {found}");
        }
        if outcome.requests() == 0 || outcome.requests() == outcome.faults().total() {
            eprintln!("loadgen run: not one measured request was answered rightly");
            FAILED
        } else if outcome.verdict.overloaded.is_some() {
            OVERLOADED
        } else if self.strict && outcome.verdict.is_convicted() {
            CONVICTED
        } else if holding.is_empty() {
            0
        } else {
            FAIL_IF
        }
    }
}

fn complain(error: &anyhow::Error, status: u8) -> u8 {
    eprintln!("loadgen run: {error:#}");
    status
}
