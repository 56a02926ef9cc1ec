//! Tests the statistics themselves (`report/METHOD.md` 2.9): blocks are simulated by the thousand, each set is estimated
//! and judged as a comparison would be, and what the intervals cover and the verdicts claim is counted against the truth.
//!
//! Invariant: a seed decides all of it. `tests/statistics` holds the short form.

mod covariate;
mod noise;
mod pairs;
mod slices;
mod trial;

use std::{
    fmt::Write,
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use fastrand::Rng;
use report::{
    analysis::{Row, Standing, analyse_contents},
    format::percent,
    plan::Metric,
    results::RunDirectory,
};

use pairs::{enough, lag_one_correlation, read_pairs};
use trial::{Coverage, Rate, Trial, TrialResult, trials};

/// Test the statistics themselves: what intervals cover and verdicts claim on simulated noise.
#[derive(Parser, Debug)]
struct Command {
    /// Comparisons simulated of each kind; below 5,000 chance alone may exceed the 1.5 points.
    #[arg(long, value_name = "N", default_value = "20000")]
    repetitions: NonZeroU32,
    /// Decides all that is drawn.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// A recorded A/A control to draw from as well: a run directory, of whose control processor time per request is taken, or a
    /// file with two numbers a line.
    #[arg(long, value_name = "DIR|FILE")]
    pairs: Option<PathBuf>,
    /// Say instead whether the speed probe may correct figures: does it lower the variance of the A/A pairs of this run
    /// directory without moving their mean?
    #[arg(long, value_name = "DIR", conflicts_with_all = ["pairs", "json"])]
    covariate: Option<PathBuf>,
    /// Print JSON in place of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    Command::parse().execute()
}

impl Command {
    /// Runs and prints it. The exit code is 0 if all holds that must hold, 1 if it does not, and 2 on an error.
    fn execute(&self) -> ExitCode {
        if let Some(directory) = &self.covariate {
            return shown(covariate::table(directory));
        }
        match self.results().and_then(|results| self.print(&results).map(|()| results)) {
            Ok(results) if results.iter().all(|result| result.holds() || !result.must_hold) => ExitCode::SUCCESS,
            Ok(_) => {
                eprintln!("coverage: intervals or verdicts miss what they promise by more than 1.5 points");
                ExitCode::FAILURE
            }
            Err(error) => {
                eprintln!("coverage: {error:#}");
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

fn shown(table: anyhow::Result<String>) -> ExitCode {
    match table {
        Ok(table) => {
            print!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("coverage: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Says on the error stream how far the pairs are from independent, which drawing them one by one cannot show.
fn recorded(path: &Path) -> anyhow::Result<Vec<(f64, f64)>> {
    let pairs = if path.is_dir() {
        control_of(path)?
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

/// What the control of a comparison measured, in all its situations, block by block.
fn control_of(directory: &Path) -> anyhow::Result<Vec<(f64, f64)>> {
    let analysis = analyse_contents(&RunDirectory::open(directory)?.contents()?);
    let is_meant = |row: &&Row| row.standing == Standing::Control && row.metric == Metric::CpuPerRequest;
    // Only their ratio matters.
    let pairs = analysis.rows.iter().filter(is_meant).flat_map(|row| &row.pairs).map(|pair| (pair.ratio, 1.0));
    Ok(enough(pairs.collect())?)
}

const HEAD: &str = "\
| noise | blocks | rows | level | achieved | covered | equivalence: achieved | covered | false \"better\" \
| false \"beyond\" at the margin | false \"equivalent\" at the margin | within 1.5 points |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
";

/// A Markdown table of the results, in percent; behind what was counted stands half the width of its Wilson interval at
/// 95 %.
fn table(results: &[TrialResult]) -> String {
    let mut table = HEAD.to_owned();
    for result in results {
        // Writing to a string does not fail.
        let _ = writeln!(table, "{}", row(result));
    }
    table
}

fn row(result: &TrialResult) -> String {
    let TrialResult { noise, blocks, rows, interval, equivalence, .. } = result;
    let holds = match (result.holds(), result.must_hold) {
        (true, _) => "yes",
        (false, true) => "**no**",
        (false, false) => "no: a known limit",
    };
    let cells = [
        noise.clone(),
        blocks.to_string(),
        rows.to_string(),
        percent(interval.level).trim_end_matches(" %").to_owned(),
        achieved(interval),
        counted(&interval.covered),
        achieved(equivalence),
        counted(&equivalence.covered),
        counted(&result.better_of_equals),
        counted(&result.beyond_at_margin),
        counted(&result.equivalent_at_margin),
        holds.to_owned(),
    ];
    format!("| {} |", cells.join(" | "))
}

fn achieved(coverage: &Coverage) -> String {
    format!("{:.2}", coverage.achieved * 100.0)
}

fn counted(rate: &Rate) -> String {
    let (lower, upper) = rate.wilson;
    format!("{:.2} ± {:.2}", rate.share * 100.0, (upper - lower) * 50.0)
}

#[cfg(test)]
mod tests {
    use super::{noise::Noise, *};

    #[test]
    fn a_row_has_a_cell_for_each_column_and_says_what_fails() {
        let trial = Trial { noise: Noise::Normal, blocks: 7, rows: 1 };
        let mut result = trial.run(NonZeroU32::new(200).unwrap(), &mut Rng::with_seed(1)).unwrap();
        result.interval.covered.share = 0.5;
        let table = table(&[result]);
        let cells: Vec<usize> = table.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(cells, [13, 13, 13]);
        let row = table.lines().last().unwrap();
        assert!(row.starts_with("| normal | 7 | 1 | 95 | 95.31 | 50.00 ± ") && row.ends_with("| **no** |"), "{row}");
    }
}
