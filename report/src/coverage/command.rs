use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use fastrand::Rng;

use super::{Trial, TrialResult, enough, lag_one_correlation, read_pairs, table, trials};
use crate::{
    analysis::{Row, Standing, analyse_contents},
    plan::Metric,
    results::RunDirectory,
};

/// Test the statistics themselves: what intervals cover and verdicts claim on simulated noise.
#[derive(Args, Clone, Debug)]
pub struct CoverageArgs {
    /// Comparisons simulated of each kind; below 5,000 chance alone may exceed the 1.5 points.
    #[arg(long, value_name = "N", default_value = "20000")]
    pub repetitions: NonZeroU32,
    /// Decides all that is drawn.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Recorded twins to draw from as well: a run directory, whose twins' processor time per request is taken, or a file with
    /// two numbers a line.
    #[arg(long, value_name = "DIR|FILE")]
    pub pairs: Option<PathBuf>,
    /// Print JSON in place of a table.
    #[arg(long)]
    pub json: bool,
}

impl CoverageArgs {
    /// Runs and prints it. The exit code is 0 if all holds that must hold, 1 if it does not, and 2 on an error.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        match self.results().and_then(|results| self.print(&results).map(|()| results)) {
            Ok(results) if results.iter().all(|result| result.holds() || !result.must_hold) => ExitCode::SUCCESS,
            Ok(_) => {
                eprintln!("report: intervals or verdicts miss what they promise by more than 1.5 points");
                ExitCode::FAILURE
            }
            Err(error) => {
                eprintln!("report: {error:#}");
                ExitCode::from(2)
            }
        }
    }

    fn results(&self) -> anyhow::Result<Vec<TrialResult>> {
        let recorded = self.pairs.as_deref().map(recorded).transpose()?;
        let mut rng = Rng::with_seed(self.seed);
        let run = |trial: Trial| Ok(trial.run(self.repetitions, &mut rng.fork())?);
        trials(recorded).into_iter().map(run).collect()
    }

    fn print(&self, results: &[TrialResult]) -> anyhow::Result<()> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(results)?);
        } else {
            print!("{}", table(results));
        }
        Ok(())
    }
}

/// Says on the error stream how far the pairs are from independent, which drawing them one by one cannot show.
fn recorded(path: &Path) -> anyhow::Result<Vec<(f64, f64)>> {
    let pairs = if path.is_dir() {
        twins_of(path)?
    } else {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        read_pairs(&text).with_context(|| path.display().to_string())?
    };
    if let Some(rho) = lag_one_correlation(&pairs) {
        let chance = 1.0 / (pairs.len() as f64).sqrt();
        eprintln!("recorded pairs: neighbours correlate by {rho:.2}, of which chance explains ±{chance:.2}");
    }
    Ok(pairs)
}

/// What the twins of a comparison measured, in all its situations, block by block.
fn twins_of(directory: &Path) -> anyhow::Result<Vec<(f64, f64)>> {
    let analysis = analyse_contents(&RunDirectory::open(directory)?.contents()?);
    let is_meant = |row: &&Row| row.standing == Standing::Twin && row.metric == Metric::CpuPerRequest;
    // Only their ratio matters.
    let pairs = analysis.rows.iter().filter(is_meant).flat_map(|row| &row.pairs).map(|pair| (pair.ratio, 1.0));
    Ok(enough(pairs.collect())?)
}
