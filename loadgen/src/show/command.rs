use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;

use super::{NamedRun, figures::table, page};
use crate::{
    output::{is_stdout, write_text},
    result::{RunResult, parse},
};

/// Wrong usage, or a file that cannot be read or written.
const FAILED: u8 = 2;

/// Shows results of `loadgen run --json` beside each other: a table, and with --html a page that needs nothing else.
///
/// Exit status: 0 done, 2 a file cannot be read or written.
#[derive(Args, Debug)]
pub struct ShowArgs {
    /// Results of `loadgen run --json`, ten at most.
    #[arg(value_name = "FILE.json", required = true, num_args = 1..=10)]
    files: Vec<PathBuf>,
    /// Write the page to a file too ("-" for standard output, instead of the table).
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl ShowArgs {
    /// Runs the command.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        match self.carry_out() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("loadgen show: {error:#}");
                ExitCode::from(FAILED)
            }
        }
    }

    fn carry_out(&self) -> anyhow::Result<()> {
        let runs = self.files.iter().map(|path| Ok(NamedRun::of(path, &self.files, read(path)?)));
        let runs: Vec<NamedRun> = runs.collect::<anyhow::Result<_>>()?;
        if let Some(path) = &self.html {
            write_text(path, &page(&runs)?)?;
        }
        if !is_stdout(self.html.as_deref()) {
            print!("{}", table(&runs));
        }
        Ok(())
    }
}

fn read(path: &Path) -> anyhow::Result<RunResult> {
    let name = || path.display().to_string();
    parse(&fs::read(path).with_context(name)?).with_context(name)
}
