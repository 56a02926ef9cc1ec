use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, ValueEnum};
use report::{
    analyse_recording,
    analysis::Analysis,
    render::{self, Rendered, fill, readme_piece, render},
};

use super::ending::ended;

/// Write the report of a run directory again: index.html, report.md, report.json and answer.svg.
///
/// The answer takes in what other plans of the recording decide: directories beside this one that bear their plans' names, of
/// one commit and machine. The same directories give the same files, byte for byte. Exit status: 0 done, 2 not readable or not writable.
#[derive(Args, Debug)]
pub(super) struct RenderArgs {
    /// The run directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Put a piece of it into this file too, between its marks, such as `<!-- answer:begin -->` and `<!-- answer:end -->`.
    #[arg(long, value_name = "FILE")]
    readme: Option<PathBuf>,
    /// Which piece.
    #[arg(long, requires = "readme", default_value = "answer")]
    piece: Piece,
}

/// What is put into a file.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Piece {
    /// The picture and the answer, a line for each decision.
    Answer,
    /// The rows that decide, memory and the herd: for a plan with ceilings, such as `performance`.
    Performance,
    /// The claims of the original report, for a plan that tests them.
    Claims,
}

impl RenderArgs {
    /// Runs the command.
    pub(super) fn execute(&self) -> ExitCode {
        ended(self.carry_out())
    }

    fn carry_out(&self) -> anyhow::Result<()> {
        let (analysis, rendered) = report_of(&self.directory)?;
        println!("{}", rendered.page.display());
        match &self.readme {
            Some(readme) => fill_in(readme, &analysis, &self.directory, self.piece),
            None => Ok(()),
        }
    }
}

/// Analyses a run directory and writes its report.
pub(super) fn report_of(directory: &Path) -> anyhow::Result<(Analysis, Rendered)> {
    let (analysis, damaged) = analyse_recording(directory)?;
    for damaged in &damaged {
        eprintln!("report: {} is left out: {}", damaged.source, damaged.why);
    }
    let rendered = render(&analysis, directory)
        .with_context(|| format!("cannot write the report into {}; what was measured is kept", directory.display()))?;
    Ok((analysis, rendered))
}

/// Fills a piece into a text that links the run directory from where it stands itself.
fn fill_in(readme: &Path, analysis: &Analysis, directory: &Path, piece: Piece) -> anyhow::Result<()> {
    let name = || readme.display().to_string();
    let text = fs::read_to_string(readme).with_context(name)?;
    let beside = readme.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (beside, directory) = (beside.canonicalize().with_context(name)?, directory.canonicalize()?);
    let results = directory.strip_prefix(&beside).unwrap_or(&directory).display().to_string();
    let piece = match piece {
        Piece::Answer => render::Piece::Answer,
        Piece::Performance => render::Piece::Performance,
        Piece::Claims => render::Piece::Claims,
    };
    let filled = fill(&text, &readme_piece(analysis, &results, piece)?, piece).with_context(name)?;
    fs::write(readme, filled).with_context(name)
}
