use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    sync::atomic::AtomicBool,
};

use anyhow::Context;
use clap::Args;

use super::{
    LiveFigures, Measurement, Plan, Threshold,
    args::LoadArgs,
    ceiling::{LookUp, Store, measure},
    run,
    terminal::{self, show_progress},
};
use crate::{
    http::Transport,
    interrupt,
    output::{ProgressLine, create, is_stdout, write_json, write_text},
    show::{NamedRun, page},
};

/// The run could not be carried out, or not one request was answered rightly.
const FAILED: u8 = 1;
/// Wrong usage; clap exits so too.
const USAGE: u8 = 2;
/// A condition of `--fail-if` holds.
const FAIL_IF: u8 = 3;
/// With `--strict`: the figures speak of the generator.
const GENERATOR_LIMITED: u8 = 4;
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
    /// Write a page of the result to a file; it needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// First measure what the generator reaches with this shape against `loadgen null`, and keep it.
    #[arg(long, conflicts_with = "http")]
    calibrate: bool,
    /// Where ceilings are kept [default: loadgen/ceilings.json in `XDG_CACHE_HOME` or ~/.cache].
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// Exit with status 3 when this holds, such as 'p99>20ms' or 'errors>0.1%'; may be repeated.
    #[arg(long, value_name = "CONDITION")]
    fail_if: Vec<Threshold>,
    /// Exit with status 4 when the run is generator-limited.
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
            Ok(measurement) => ExitCode::from(self.status(&measurement)),
            Err(error) => ExitCode::from(complain(&error, FAILED)),
        }
    }

    fn drive(&self, plan: &Plan) -> anyhow::Result<Measurement> {
        let interrupt = interrupt::on_signals()?;
        if self.calibrate {
            self.calibrate(plan, &interrupt)?;
        }
        let line = ProgressLine::new("");
        let measurement =
            run(plan, &interrupt, LiveFigures::for_terminal(), &mut |progress| show_progress(&line, &progress));
        drop(line);
        let mut measurement = measurement?;
        let no_ceiling = match self.known_ceiling(plan) {
            LookUp::Found(ceiling) => {
                measurement.ceiling = Some(ceiling);
                None
            }
            LookUp::Unknown(why) => Some(why),
        };
        self.write(&measurement, no_ceiling.as_deref())?;
        Ok(measurement)
    }

    fn calibrate(&self, plan: &Plan, interrupt: &AtomicBool) -> anyhow::Result<()> {
        let store = Store::at(self.calibration.as_deref())?;
        let line = ProgressLine::new("calibrating: ");
        let reached_per_s =
            measure(plan, interrupt, LiveFigures::for_terminal(), &mut |progress| show_progress(&line, &progress))?;
        store.keep(plan, reached_per_s)
    }

    fn known_ceiling(&self, plan: &Plan) -> LookUp {
        if plan.transport == Transport::Http {
            return LookUp::Unknown("the null server speaks no HTTP, so there is no ceiling".to_owned());
        }
        match Store::at(self.calibration.as_deref()) {
            Ok(store) => store.look_up(plan),
            Err(error) => LookUp::Unknown(format!("the null server's ceiling is not known: {error:#}")),
        }
    }

    fn write(&self, measurement: &Measurement, no_ceiling: Option<&str>) -> anyhow::Result<()> {
        if let Some(path) = &self.csv {
            let mut out = create(path)?;
            terminal::series(measurement, &mut out).with_context(|| format!("cannot write {}", path.display()))?;
            out.flush()?;
        }
        if let Some(path) = &self.json {
            write_json(path, &measurement.result())?;
        }
        if let Some(path) = &self.html {
            let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
            write_text(path, &page(&[NamedRun { name, result: measurement.result() }])?)?;
        }
        if !is_stdout(self.json.as_deref()) {
            terminal::print(measurement, no_ceiling, &mut io::stdout().lock())?;
        }
        Ok(())
    }

    fn status(&self, measurement: &Measurement) -> u8 {
        let holding: Vec<String> = self.fail_if.iter().filter_map(|condition| condition.holds(measurement)).collect();
        for found in &holding {
            eprintln!("loadgen run: {found}");
        }
        if measurement.requests() == 0 || measurement.requests() == measurement.faults().total() {
            eprintln!("loadgen run: not one measured request was answered rightly");
            FAILED
        } else if measurement.verdict.overloaded.is_some() {
            OVERLOADED
        } else if self.strict && measurement.verdict.is_generator_limited() {
            GENERATOR_LIMITED
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
