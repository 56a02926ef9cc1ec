use std::{path::PathBuf, process::ExitCode};

use anyhow::bail;
use clap::Args;
use report::{
    diff::{Diff, diff, incomparable, table},
    results::RunDirectory,
};

use super::ending::complain;

/// A row that decides became worse beyond its margin.
const REGRESSION: u8 = 1;

/// Say what changed from one run directory to another.
///
/// The plan's primary rows decide, for each variant that they name; all others have an interval. Exit status: 0 no regression,
/// 1 a row that decides became worse beyond its margin, reached a new limit or was not measured again, 2 not comparable or not
/// readable.
#[derive(Args, Debug)]
pub(super) struct DiffArgs {
    /// The earlier comparison.
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The later one.
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// Compare what should not be compared: other machines, other loads.
    #[arg(long)]
    force: bool,
    /// Print one JSON document in place of the table.
    #[arg(long)]
    json: bool,
}

impl DiffArgs {
    /// Runs the command.
    pub(super) fn execute(&self) -> ExitCode {
        match self.compare() {
            Ok(diff) if diff.has_regression() => ExitCode::from(REGRESSION),
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => complain(&error),
        }
    }

    fn compare(&self) -> anyhow::Result<Diff> {
        let before = RunDirectory::open(&self.before)?.contents()?;
        let after = RunDirectory::open(&self.after)?.contents()?;
        for (directory, contents) in [(&self.before, &before), (&self.after, &after)] {
            for damaged in &contents.damaged {
                eprintln!("report: {} of {} is left out: {}", damaged.source, directory.display(), damaged.why);
            }
        }
        let reasons = incomparable(&before.manifest, &after.manifest);
        if !reasons.is_empty() && !self.force {
            bail!("not comparable: {}; --force compares all the same", reasons.join("; "));
        }
        let diff = diff((&before.manifest, &before.runs), (&after.manifest, &after.runs));
        if diff.rows.is_empty() {
            bail!("nothing to compare: no variant ran the same workload in both");
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&diff)?);
        } else {
            print!("{}", table(&diff));
        }
        Ok(diff)
    }
}
