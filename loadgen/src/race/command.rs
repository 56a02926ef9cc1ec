use std::{io, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use regex::bytes::Regex;

use super::{RacePlan, Racer, Without, coordinator::race, summary};
use crate::{
    interrupt,
    output::{ProgressLine, is_stdout, write_json},
    result::RaceResult,
    run::{LoadArgs, Plan, ServerProcess, raw_load},
    values::{address, duration},
};

/// The race could not be carried out, or a server gave not one right reply.
const FAILED: u8 = 1;
/// Wrong usage; clap exits so too.
const USAGE: u8 = 2;

/// Drives one load against several servers in turn, in slices of a fraction of a second, and compares what they cost.
///
/// All connections of all servers stand at once; each server is driven in many short slices between those of the others, in
/// an order from the seed, so that what the machine does meanwhile falls on all alike. The load's --duration is each
/// server's share, --warmup comes once before its first slice. Exit status: 0 ok, 1 failed, 2 wrong usage.
#[derive(Args, Debug)]
pub struct RaceArgs {
    /// A server that takes part: its name and client address, and what is known of its processes, such as
    /// threads=127.0.0.1:12000,pid=4711; also=PID adds a process, processors=1 says how many it can use; raw=FILE,expect=REGEX, the
    /// last of all, sends it the lines of a file, as --raw does. To be repeated.
    #[arg(long = "server", value_name = "NAME=ADDR", required = true, value_parser = entry)]
    servers: Vec<Entry>,
    /// Length of a slice.
    #[arg(long, value_name = "T", default_value = "250ms", value_parser = duration)]
    slice: Duration,
    /// Load at the start of a slice that is not measured, while caches become the server's again.
    #[arg(long, value_name = "T", default_value = "50ms", value_parser = duration)]
    lead: Duration,
    /// Leave out a server that cannot be reached, and race the others; without this, none is raced.
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    load: LoadArgs,
    /// Write the result to a file ("-" for standard output, instead of the summary); schema in loadgen/README.md.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// A server as it was typed.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    target: std::net::SocketAddr,
    pid: Option<u32>,
    processors: Option<u32>,
    others: Vec<u32>,
    raw: Option<RawEntry>,
}

/// What a server is sent in place of the herd's commands.
#[derive(Clone, Debug)]
struct RawEntry {
    file: PathBuf,
    expect: Regex,
}

impl RaceArgs {
    /// Runs the command.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        let plan = match self.plan() {
            Ok(plan) => plan,
            Err(error) => return complain(&error, USAGE),
        };
        match self.race(&plan) {
            Ok(result) => match silent(&result) {
                Some(name) => complain(&anyhow::anyhow!("{name} gave not one right reply"), FAILED),
                None => ExitCode::SUCCESS,
            },
            Err(error) => complain(&error, FAILED),
        }
    }

    fn plan(&self) -> anyhow::Result<RacePlan> {
        let first = self.load.plan_of(Vec::new())?;
        let racers: anyhow::Result<Vec<Racer>> = self.servers.iter().map(|entry| self.racer(entry)).collect();
        let plan = RacePlan {
            racers: racers?,
            seed: first.seed,
            slice: self.slice,
            lead: self.lead,
            warmup: first.warmup,
            slices: RacePlan::slices_in(first.duration, self.slice),
            without: if self.keep_going { Without::Them } else { Without::Nobody },
        };
        plan.check().map_err(anyhow::Error::msg)?;
        Ok(plan)
    }

    fn racer(&self, entry: &Entry) -> anyhow::Result<Racer> {
        let mut plan: Plan = self.load.plan_of(vec![entry.target])?;
        plan.server = entry.pid.map(|pid| ServerProcess { pid, processors: entry.processors });
        plan.herd.others.clone_from(&entry.others);
        if let Some(RawEntry { file, expect }) = &entry.raw {
            plan.workload = raw_load(file, expect)?;
        }
        Ok(Racer { name: entry.name.clone(), plan })
    }

    fn race(&self, plan: &RacePlan) -> anyhow::Result<RaceResult> {
        let interrupt = interrupt::on_signals()?;
        let line = ProgressLine::new("");
        let result = race(plan, &interrupt, &mut |progress| summary::show(&line, &progress));
        drop(line);
        let result = result?;
        if let Some(path) = &self.json {
            write_json(path, &result)?;
        }
        if !is_stdout(self.json.as_deref()) {
            summary::print(&result, &mut io::stdout().lock())?;
        }
        Ok(result)
    }
}

/// A server that answered nothing, though it was asked.
fn silent(result: &RaceResult) -> Option<&str> {
    let silent = result.servers.iter().find(|server| server.run.completed == 0)?;
    Some(&silent.name)
}

fn complain(error: &anyhow::Error, status: u8) -> ExitCode {
    eprintln!("loadgen race: {error:#}");
    ExitCode::from(status)
}

/// `NAME=ADDR[,pid=PID][,also=PID]...[,processors=N][,raw=FILE,expect=REGEX]`.
fn entry(text: &str) -> Result<Entry, String> {
    let wrong = || format!("{text:?} is no server such as threads=127.0.0.1:12000,pid=4711");
    let (text, raw) = text.split_once(",raw=").map_or((text, None), |(text, raw)| (text, Some(raw)));
    let raw = raw.map(raw_entry).transpose()?;
    let (server, rest) = text.split_once(',').map_or((text, None), |(server, rest)| (server, Some(rest)));
    let (name, target) = server.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
    let target = address(target)?;
    let mut entry = Entry { name: name.to_owned(), target, pid: None, processors: None, others: Vec::new(), raw };
    for part in rest.into_iter().flat_map(|rest| rest.split(',')) {
        let (key, value) = part.split_once('=').ok_or_else(wrong)?;
        let value: u32 = value.parse().map_err(|_| format!("{value:?} is no number, in {text:?}"))?;
        match key {
            "pid" => entry.pid = Some(value),
            "also" => entry.others.push(value),
            "processors" => entry.processors = Some(value),
            _ => return Err(format!("{key:?} is none of pid, also, processors, raw, in {text:?}")),
        }
    }
    Ok(entry)
}

/// `FILE,expect=REGEX`: an expression may hold commas, so it is the last.
fn raw_entry(text: &str) -> Result<RawEntry, String> {
    let (file, expect) = text.split_once(",expect=").ok_or("raw=FILE needs ,expect=REGEX after it")?;
    let expect = Regex::new(expect).map_err(|error| format!("{expect:?} is no expression: {error}"))?;
    Ok(RawEntry { file: file.into(), expect })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read() {
        let plain = entry("a=127.0.0.1:1").unwrap();
        assert_eq!((plain.name.as_str(), plain.target.port(), plain.pid), ("a", 1, None));
        let whole = entry("a=127.0.0.1:1,pid=7,also=8,also=9,processors=1").unwrap();
        assert_eq!((whole.pid, whole.others, whole.processors), (Some(7), vec![8, 9], Some(1)));
        let raw = entry("a=127.0.0.1:1,pid=7,raw=lines,expect=^a{1,2},$").unwrap();
        let RawEntry { file, expect } = raw.raw.unwrap();
        assert_eq!((raw.pid, file, expect.as_str()), (Some(7), "lines".into(), "^a{1,2},$"));
        for wrong in ["a=127.0.0.1:1,raw=lines", "a=127.0.0.1:1,raw=lines,expect=("] {
            assert!(entry(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "a", "=127.0.0.1:1", "a=nowhere", "a=127.0.0.1:1,pid=x", "a=127.0.0.1:1,pod=1"] {
            assert!(entry(wrong).is_err(), "{wrong}");
        }
    }
}
