use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use report::{
    experiments::{Context, Observation, dependencies, faults, joining, kernels, order},
    runner::guard,
};

use super::ending::ended;

/// Carry out one experiment that is no race of servers, and print what it shows.
///
/// A line of the table is a metric of a variant in a case: the median over rounds and the least and greatest value, or how many
/// of all trials. What cannot run here is told with the reason. Exit status: 0 done, 2 wrong usage or not carried out.
#[derive(Args, Debug)]
pub(super) struct ExperimentArgs {
    /// Which one.
    #[arg(value_name = "NAME")]
    name: Name,
    /// Rounds; each takes every variant once, in an order drawn from the seed.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=999))]
    rounds: u32,
    /// Draws the order of variants.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Where the observations go, a line of JSON each.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Take `herd` and `herd-async` from here, in place of a release build.
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
}

/// An experiment.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// Which stage finds seeded mistakes, in four languages.
    Faults,
    /// How often a search overtakes the update before it.
    Order,
    /// What allocating and computing cost inside each runtime.
    Kernels,
    /// A sixth server joins a herd under load.
    Joining,
    /// What each server needs beyond its standard library, and TLS listeners from that alone.
    Dependencies,
}

impl ExperimentArgs {
    /// Runs the command.
    pub(super) fn execute(&self) -> ExitCode {
        ended(self.carry_out())
    }

    fn carry_out(&self) -> anyhow::Result<()> {
        let context = Context {
            project: self.project.canonicalize().with_context(|| self.project.display().to_string())?,
            rounds: self.rounds,
            seed: self.seed,
            guard: guard(),
            programs: self.programs.as_ref().map(|programs| programs.canonicalize()).transpose()?,
            tell: &tell,
        };
        let mut out = self.out.as_ref().map(File::create).transpose()?.map(BufWriter::new);
        let (mut observations, mut written) = (Vec::new(), Ok(()));
        let mut observe = |observation: Observation| {
            if let Some(out) = &mut out {
                let line = serde_json::to_string(&observation).map_err(io::Error::from);
                let result = line.and_then(|line| writeln!(out, "{line}").and_then(|()| out.flush()));
                written = std::mem::replace(&mut written, Ok(())).and(result);
            }
            observations.push(observation);
        };
        match self.name {
            Name::Faults => faults::run(&context, &mut observe)?,
            Name::Order => order::run(&context, &mut observe)?,
            Name::Kernels => kernels::run(&context, &mut observe)?,
            Name::Joining => joining::run(&context, &mut observe)?,
            Name::Dependencies => dependencies::run(&context, &mut observe)?,
        }
        tell("");
        written.context("the observations cannot be written")?;
        print!("{}", table(&observations));
        Ok(())
    }
}

/// Shows what is done now, on a terminal in place of what was done before.
fn tell(what: &str) {
    if io::stderr().is_terminal() {
        eprint!("\r\x1b[K{what}");
    } else if !what.is_empty() {
        eprintln!("{what}");
    }
}

/// The observations of a variant, a case and a metric, in a line each.
fn table(observations: &[Observation]) -> String {
    let mut rows: BTreeMap<(&str, &str, &str), Vec<&Observation>> = BTreeMap::new();
    for one in observations {
        rows.entry((&one.variant, &one.case, &one.metric)).or_default().push(one);
    }
    let mut text = String::new();
    for ((variant, case, metric), observed) in rows {
        let note = observed.iter().find_map(|one| one.note.as_deref()).unwrap_or_default();
        let line = format!("{variant:<28} {case:<24} {metric:<22} {}  {note}", value(&observed));
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn value(observed: &[&Observation]) -> String {
    let mut values: Vec<f64> = observed.iter().map(|one| one.value).collect();
    values.sort_by(f64::total_cmp);
    if let Some(trials) = observed.iter().map(|one| one.trials).sum::<Option<u64>>() {
        return format!("{} of {trials}", values.iter().sum::<f64>());
    }
    let median = f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]);
    if values.len() == 1 {
        return format!("{median:.4}").trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{median:.4} [{:.4}, {:.4}], {} rounds", values[0], values[values.len() - 1], values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation(value: f64, trials: Option<u64>) -> Observation {
        Observation {
            experiment: "order".to_owned(),
            variant: "node".to_owned(),
            case: "two-servers".to_owned(),
            round: 1,
            metric: "overtaken".to_owned(),
            value,
            trials,
            note: None,
        }
    }

    #[test]
    fn counts_are_added_and_values_have_a_median() {
        let counted = table(&[observation(1.0, Some(10)), observation(2.0, Some(10))]);
        assert!(counted.ends_with(" 3 of 20\n"), "{counted}");
        let measured = table(&[observation(1.0, None), observation(3.0, None), observation(2.5, None)]);
        assert!(measured.ends_with(" 2.5000 [1.0000, 3.0000], 3 rounds\n"), "{measured}");
        assert!(table(&[observation(1.0, None)]).ends_with(" 1\n"));
    }
}
