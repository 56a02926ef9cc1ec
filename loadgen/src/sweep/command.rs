use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail, ensure};
use clap::Args;

use super::{
    capacity::Capacity,
    objective::Objective,
    points::shuffled,
    runner::{FinishedRun, Runner},
    table,
};
use crate::{
    interrupt,
    output::{create, is_stdout, write_json},
    result::{Document, Limit, SweepResult},
    run::{LoadArgs, Pace},
    values::{duration, rate},
};

/// A run could not be carried out; what came before it is reported.
const FAILED: u8 = 1;
/// Wrong usage; clap exits so too.
const USAGE: u8 = 2;
/// No rate that was tried keeps to the objective.
const NOTHING_HOLDS: u8 = 3;
/// With `--strict`: some figures speak of the generator.
const GENERATOR_LIMITED: u8 = 4;
/// Most runs of a sweep: a day of the default ones.
const MOST_RUNS: usize = 5_000;

/// Runs a load at many rates or with many connections, or finds the highest rate that keeps an objective.
///
/// With --rates or --connection-counts, or both, every combination is run, in an order drawn from --seed. With
/// --find-capacity a geometric climb starts near --rate (1000), and bisection narrows the bracket to a search resolution
/// of 1.1; a rate fails only if it fails twice. Exit status: 0 ok, 1 a run failed, 2 wrong usage, 3 no rate keeps to the
/// objective, 4 some run was generator-limited (with --strict); of several the first in the order 1, 4, 3.
#[derive(Args, Debug)]
pub struct SweepArgs {
    #[command(flatten)]
    load: LoadArgs,
    /// Rates of open loops, such as 1k,2k,5k.
    #[arg(long, value_name = "R,R", value_delimiter = ',', value_parser = rate, conflicts_with_all = ["rate", "closed"])]
    rates: Vec<f64>,
    /// Numbers of connections, such as 10,100,1000.
    #[arg(long, value_name = "N,N", value_delimiter = ',', conflicts_with = "connections")]
    connection_counts: Vec<u32>,
    /// How often each combination is run.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Pause between two runs, for the server to come to rest.
    #[arg(long, value_name = "T", default_value = "1s", value_parser = duration)]
    drain: Duration,
    /// Find the highest rate that keeps the objective.
    #[arg(long, requires = "objective", conflicts_with_all = ["rates", "connection_counts", "repeat"])]
    find_capacity: bool,
    /// What must hold, such as 'p99<=50ms,errors<=0.1%'; metrics are those of `run --fail-if`.
    #[arg(long, value_name = "CONDITIONS", requires = "find_capacity")]
    objective: Option<Objective>,
    /// Write all results to a file ("-" for standard output, instead of the table); schema in loadgen/README.md.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write one row for each run to a file.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Exit with status 4 when any run is generator-limited.
    #[arg(long)]
    strict: bool,
}

/// What a sweep has come to.
struct FinishedSweep {
    started: SystemTime,
    runs: Vec<FinishedRun>,
    capacity: Option<Capacity>,
    interrupted: bool,
    /// Why it ended before its time.
    error: Option<String>,
}

impl SweepArgs {
    /// Runs the command.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        if let Err(error) = self.check() {
            eprintln!("loadgen sweep: {error:#}");
            return ExitCode::from(USAGE);
        }
        let status = self.sweep().and_then(|swept| {
            self.write(&swept)?;
            Ok(self.status(&swept))
        });
        ExitCode::from(status.unwrap_or_else(|error| {
            eprintln!("loadgen sweep: {error:#}");
            FAILED
        }))
    }

    /// Says what is wrong before anything is run.
    fn check(&self) -> anyhow::Result<()> {
        if self.find_capacity {
            ensure!(
                !self.load.is_closed(),
                "--find-capacity needs an open loop: a closed one sends less the slower the server is, so no rate fails; \
                 leave --closed away"
            );
            return self.load.plan_at(Pace::RatePerS(1.0), self.load.connections()).map(|_| ());
        }
        if self.rates.is_empty() && self.connection_counts.is_empty() {
            bail!(
                "give --rates R,R or --connection-counts N,N to sweep over, or --find-capacity --objective CONDITIONS"
            );
        }
        let points = self.points();
        ensure!(!points.is_empty(), "give --rate R or --rates R,R for open loops or --closed for closed ones");
        ensure!(points.len() <= MOST_RUNS, "{} runs are more than {MOST_RUNS}; ask for fewer", points.len());
        points.iter().try_for_each(|point| self.load.plan_at(point.pace, point.connections).map(|_| ()))
    }

    fn points(&self) -> Vec<super::points::Point> {
        shuffled(&self.load, &self.rates, &self.connection_counts, self.repeat, self.load.seed())
    }

    fn sweep(&self) -> anyhow::Result<FinishedSweep> {
        let interrupt = interrupt::on_signals()?;
        let mut runner = Runner::new(&self.load, &interrupt, self.drain);
        let started = SystemTime::now();
        let (capacity, error) = match &self.objective {
            Some(objective) => {
                let (capacity, error) = Capacity::find(objective, &self.load, &mut runner);
                (Some(capacity), error)
            }
            None => (None, self.visit(&mut runner).err()),
        };
        let interrupted = runner.is_interrupted();
        // An interrupt before the load of a run begins is no failure of that run.
        let error = error.filter(|_| !interrupted).map(|error| format!("{error:#}"));
        Ok(FinishedSweep { started, runs: runner.runs, capacity, interrupted, error })
    }

    fn visit(&self, runner: &mut Runner<'_>) -> anyhow::Result<()> {
        let points = self.points();
        runner.expected = Some(points.len());
        for point in points {
            let made = runner.make(point, u64::from(point.repetition));
            if made.with_context(|| format!("after {} runs", runner.runs.len()))?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, swept: &FinishedSweep) -> anyhow::Result<()> {
        if let Some(path) = &self.csv {
            let mut out = create(path)?;
            table::csv(&swept.runs, &mut out).with_context(|| format!("cannot write {}", path.display()))?;
            out.flush()?;
        }
        if let Some(path) = &self.json {
            write_json(path, &self.result(swept))?;
        }
        if is_stdout(self.json.as_deref()) {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        table::print(&swept.runs, &mut out)?;
        if let Some(capacity) = &swept.capacity {
            write!(out, "\n{}", capacity.text())?;
        }
        if swept.interrupted {
            writeln!(out, "interrupted after {} runs", swept.runs.len())?;
        }
        Ok(())
    }

    fn result(&self, swept: &FinishedSweep) -> SweepResult {
        SweepResult {
            format: SweepResult::FORMAT.to_owned(),
            loadgen_version: env!("CARGO_PKG_VERSION").to_owned(),
            started_unix_s: swept.started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
            seed: self.load.seed(),
            repeat: self.repeat,
            drain_s: self.drain.as_secs_f64(),
            runs: swept.runs.iter().map(FinishedRun::written).collect(),
            search: swept.capacity.as_ref().map(Capacity::written),
            interrupted: swept.interrupted,
            error: swept.error.clone(),
        }
    }

    fn status(&self, swept: &FinishedSweep) -> u8 {
        if let Some(error) = &swept.error {
            eprintln!("loadgen sweep: {error}");
            return FAILED;
        }
        let limit = swept.capacity.as_ref().map(|capacity| capacity.limit);
        let is_generator_limited = match limit {
            Some(limit) => limit == Limit::Generator,
            None => swept.runs.iter().any(|run| run.is_generator_limited),
        };
        if self.strict && is_generator_limited {
            GENERATOR_LIMITED
        } else if swept.capacity.as_ref().is_some_and(|found| !found.holds() && found.search.fails_per_s.is_some()) {
            NOTHING_HOLDS
        } else {
            0
        }
    }
}
