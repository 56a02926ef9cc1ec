use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Args, ValueEnum};

use super::{
    check::{self, Check},
    model::Model,
    reading::Reading,
    report,
    trial::Trial,
};
use crate::run::{Outcome, is_stdout, write_json};

/// A figure is beyond its tolerance, or the test could not be carried out.
const FAILED: u8 = 1;

/// Measures a server whose service times and one freeze are known, and compares with the closed form.
///
/// Starts the server itself. Takes about ten seconds and nearly no processor time; on a machine that is busy use --short.
/// Exit status: 0 when every figure is within its tolerance, 1 when not.
#[derive(Args, Debug)]
pub struct SelftestArgs {
    /// A few seconds, with tolerances for a busy machine.
    #[arg(long)]
    short: bool,
    /// Which reading of the answers is judged; any but the right one must fail.
    #[arg(long, value_enum, default_value_t = Judged::Intended)]
    reading: Judged,
    /// Write what was found to a file ("-" for standard output, instead of the table); schema in loadgen/README.md.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Which reading is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Judged {
    /// From the intended start.
    Intended,
    /// From the writing.
    Written,
}

/// What the test has come to.
pub(super) struct Tested {
    pub(super) trial: Trial,
    /// How long the server was frozen.
    pub(super) freeze: Duration,
    pub(super) model: Model,
    /// The part with the freeze, and the part with unanswered requests.
    pub(super) frozen: Outcome,
    pub(super) silent: Outcome,
    pub(super) checks: Vec<Check>,
    pub(super) silent_checks: Vec<Check>,
    /// The same tolerances laid on the latency from the writing.
    pub(super) omitting: Vec<Check>,
}

impl Tested {
    fn of(trial: Trial, judged: Judged) -> anyhow::Result<Self> {
        let (frozen, freeze) = trial.frozen()?;
        let silent = trial.silent()?;
        let model = trial.model(freeze);
        let omitting = check::frozen(&trial, &model, &Reading::from_written(&frozen));
        let checks = match judged {
            Judged::Intended => check::frozen(&trial, &model, &Reading::right(&frozen)),
            Judged::Written => omitting.clone(),
        };
        let silent_checks = check::silent(&trial, &silent);
        Ok(Self { trial, freeze, model, frozen, silent, checks, silent_checks, omitting })
    }

    /// Whether the tolerances are narrow enough to convict a generator that counts from the writing.
    pub(super) fn can_fail(&self) -> bool {
        self.omitting.iter().any(|check| !check.passes)
    }

    /// Whether every figure is within its tolerance, no request failed in the first part, and a wrong reading would not
    /// have passed.
    pub(super) fn passes(&self) -> bool {
        let mut checks = self.checks.iter().chain(&self.silent_checks);
        checks.all(|check| check.passes) && self.frozen.faults().total() == 0 && self.can_fail()
    }
}

impl SelftestArgs {
    /// Runs the command.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        match self.test() {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::from(FAILED),
            Err(error) => {
                eprintln!("loadgen selftest: {error:#}");
                ExitCode::from(FAILED)
            }
        }
    }

    fn test(&self) -> anyhow::Result<bool> {
        let trial = if self.short { Trial::short() } else { Trial::whole() };
        let tested = Tested::of(trial, self.reading)?;
        if let Some(path) = &self.json {
            write_json(path, &report::Document::of(&tested))?;
        }
        if !is_stdout(self.json.as_deref()) {
            let mut out = io::stdout().lock();
            report::print(&tested, &mut out)?;
            out.flush()?;
        }
        Ok(tested.passes())
    }
}
