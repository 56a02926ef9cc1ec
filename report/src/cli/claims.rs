use std::{
    fs,
    io::{IsTerminal, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use report::{
    analyse_recording,
    claims::{Claim, Discussion, JudgedClaim, claims, discussions, table},
};
use serde::Serialize;

use super::ending::ended;

/// Where recordings that are kept stand, as `DATE-MACHINE/PLAN`.
const RECORDINGS: &str = "report/results";
/// The plan that tests the claims.
const PLAN: &str = "claims";

/// Print the claims of the original report, each with its verdict and the figure that it rests on.
///
/// The verdicts follow from the run directory by the rules of report/claims, and from the other plans of its recording, as with
/// `render`. Exit status: 0 done, whatever the verdicts; 2 not readable.
#[derive(Args, Debug)]
pub(super) struct ClaimsArgs {
    /// The run directory of a plan that tests claims [default: the newest of report/results].
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Print one JSON document in place of the table.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    /// `herd-claims/1`.
    format: &'static str,
    claims: Vec<JudgedClaim>,
    discussions: Vec<Discussion>,
}

impl ClaimsArgs {
    /// Runs the command.
    pub(super) fn execute(&self) -> ExitCode {
        ended(self.carry_out())
    }

    fn carry_out(&self) -> anyhow::Result<()> {
        let directory = match &self.directory {
            Some(directory) => directory.clone(),
            None => newest(Path::new(RECORDINGS))?,
        };
        let (analysis, damaged) = analyse_recording(&directory)?;
        for damaged in &damaged {
            eprintln!("report: {} is left out: {}", damaged.source, damaged.why);
        }
        anyhow::ensure!(
            !analysis.claims.is_empty(),
            "the plan of {} tests no claims: measure with `cargo compare --plan claims`",
            directory.display()
        );
        self.print(&claims()?, analysis.claims)
    }

    fn print(&self, files: &[Claim], judged: Vec<JudgedClaim>) -> anyhow::Result<()> {
        let discussions = discussions(files, &judged);
        if self.json {
            let document = Document { format: "herd-claims/1", claims: judged, discussions };
            println!("{}", serde_json::to_string_pretty(&document)?);
            return Ok(());
        }
        print!("{}", table(&judged, is_coloured()));
        for Discussion { opponent, sentences } in discussions.iter().filter(|one| !one.sentences.is_empty()) {
            println!("\n{}", opponent.title());
            for sentence in sentences {
                println!("- {sentence}");
            }
        }
        Ok(())
    }
}

/// Whether what is printed may have colours: on a terminal whose user has not said `NO_COLOR`.
pub(super) fn is_coloured() -> bool {
    stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The newest recording of the plan, by the name of its folder, which begins with its date.
fn newest(recordings: &Path) -> anyhow::Result<PathBuf> {
    let none = || format!("there is no recording of the plan {PLAN} in {}: give a run directory", recordings.display());
    let entries = fs::read_dir(recordings).with_context(none)?;
    let found = entries.filter_map(|entry| Some(entry.ok()?.path().join(PLAN))).filter(|path| path.is_dir());
    found.max().with_context(none)
}
