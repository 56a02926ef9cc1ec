use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use super::{
    check::{Judged, SelftestResult},
    report,
    trial::Trial,
};
use crate::output::{is_stdout, write_json};

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
        let tested = SelftestResult::of(trial, self.reading)?;
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
