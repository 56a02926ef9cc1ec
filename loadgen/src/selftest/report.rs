use std::io::{self, Write};

use serde::Serialize;

use super::{
    check::{Check, Reading, SelftestResult},
    trial::{SILENT_EVERY, TIMEOUT},
};
use crate::result::{Quantile, RunResult};

/// The name of the schema of `--json`; README of loadgen documents it.
const FORMAT: &str = "loadgen-selftest/1";

/// Prints what was expected and what was found, within 80 columns.
pub(super) fn print(tested: &SelftestResult, out: &mut impl Write) -> io::Result<()> {
    let trial = &tested.trial;
    let [first, second] = trial.services.map(|service| service.as_millis());
    writeln!(
        out,
        "{:.0}/s over {} connections for {:?}; service times {first} and {second} ms;",
        trial.rate_per_s, trial.connections, trial.window
    )?;
    writeln!(out, "the server was frozen for {:.1} ms", tested.freeze.as_secs_f64() * 1e3)?;
    writeln!(out, "{}\n", tested.frozen.verdict.line())?;
    writeln!(out, "{:<28}{:>14}{:>14}{:>12}", "", "expected", "measured", "tolerance")?;
    tested.checks.iter().try_for_each(|check| row(check, out))?;
    writeln!(out, "every {SILENT_EVERY}th request unanswered, time-out {} ms", TIMEOUT.as_millis())?;
    tested.silent_checks.iter().try_for_each(|check| row(check, out))?;
    readings(tested, out)?;
    if !tested.can_fail() {
        writeln!(out, "\nthe tolerances would let a generator pass that counts from the writing")?;
    }
    if tested.frozen.faults().total() > 0 {
        writeln!(out, "\n{} requests failed that should not have", tested.frozen.faults().total())?;
    }
    writeln!(out, "\n{}", if tested.passes() { "passed" } else { "FAILED" })
}

fn row(check: &Check, out: &mut impl Write) -> io::Result<()> {
    let (name, is_time) = check.name.strip_suffix("_us").map_or((check.name.as_str(), false), |name| (name, true));
    let with_unit = |value: f64| {
        if is_time { format!("{:.2} ms", value / 1e3) } else { format!("{:.2} %", value * 100.0) }
    };
    let bound = if check.tolerance.is_none() { ">=" } else { "" };
    let expected = format!("{bound}{}", with_unit(check.expected));
    let measured = check.measured.map_or("no number".to_owned(), |value| format!("{bound}{}", with_unit(value)));
    let tolerance = check.tolerance.map_or(String::new(), |value| format!("±{}", with_unit(value)));
    let verdict = if check.passes { "pass" } else { "FAIL" };
    writeln!(out, "  {name:<26}{expected:>14}{measured:>14}{tolerance:>12}  {verdict}")
}

/// The same answers read in other ways.
fn readings(tested: &SelftestResult, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{:<42}{:>9}{:>9}{:>9}{:>9}", "the same answers, in ms, read", "p50", "p90", "p99", "max")?;
    for reading in
        [Reading::right(&tested.frozen), Reading::from_written(&tested.frozen), Reading::averaged(&tested.frozen)]
    {
        reading_row(&reading, out)?;
    }
    writeln!(out, "with unanswered requests")?;
    reading_row(&Reading::right(&tested.silent), out)?;
    reading_row(&Reading::without_failures(&tested.silent), out)
}

fn reading_row(reading: &Reading, out: &mut impl Write) -> io::Result<()> {
    write!(out, "  {:<40}", reading.name)?;
    for value in reading.values {
        let text = match value {
            Quantile::Exactly(us) => format!("{:.2}", us / 1e3),
            Quantile::AtLeast(us) => format!(">={:.1}", us / 1e3),
            Quantile::TooFew => "-".to_owned(),
        };
        write!(out, "{text:>9}")?;
    }
    writeln!(out)
}

/// What was found, as `--json` writes it.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    format: &'static str,
    loadgen_version: &'static str,
    passes: bool,
    can_fail: bool,
    freeze_s: f64,
    services_s: &'a [f64],
    rate_per_s: f64,
    connections: u32,
    checks: &'a [Check],
    unanswered_checks: &'a [Check],
    readings: [NamedReading; 3],
    unanswered_readings: [NamedReading; 2],
    runs: [RunResult; 2],
}

/// One way to read the answers, with what it gives.
#[derive(Serialize)]
struct NamedReading {
    name: &'static str,
    values: Compared,
}

#[derive(Serialize)]
struct Compared {
    p50: Quantile,
    p90: Quantile,
    p99: Quantile,
    max: Quantile,
}

impl From<Reading> for NamedReading {
    fn from(Reading { name, values: [p50, p90, p99, max] }: Reading) -> Self {
        Self { name, values: Compared { p50, p90, p99, max } }
    }
}

impl<'a> Document<'a> {
    pub(super) fn of(tested: &'a SelftestResult) -> Self {
        Self {
            format: FORMAT,
            loadgen_version: env!("CARGO_PKG_VERSION"),
            passes: tested.passes(),
            can_fail: tested.can_fail(),
            freeze_s: tested.freeze.as_secs_f64(),
            services_s: &tested.model.services_s,
            rate_per_s: tested.trial.rate_per_s,
            connections: tested.trial.connections,
            checks: &tested.checks,
            unanswered_checks: &tested.silent_checks,
            readings: [
                Reading::right(&tested.frozen).into(),
                Reading::from_written(&tested.frozen).into(),
                Reading::averaged(&tested.frozen).into(),
            ],
            unanswered_readings: [
                Reading::right(&tested.silent).into(),
                Reading::without_failures(&tested.silent).into(),
            ],
            runs: [tested.frozen.result(), tested.silent.result()],
        }
    }
}
