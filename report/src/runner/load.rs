use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use fastrand::Rng;
use loadgen::result::{Document, RunResult, SweepResult, parse};
use serde::Serialize;
use serde_json::Value;

use super::{environment::Environment, host::processors, process::told, server::Server};
use crate::plan::{DRAIN_S, Objective, Pace, Plan, Role, STEP_S, Workload};

/// Connections that are busy in every warm-up.
const BUSY: u32 = 50;
/// Connections in the warm-up of a plan that has so many.
const MANY: u32 = 1_000;
/// Rate of the one connection beside idle ones while memory is read.
const QUIET_PER_S: f64 = 10.0;
/// For connections to be opened before the load, and for the last requests after it.
const AROUND: Duration = Duration::from_secs(90);
/// Probes that the longest search makes: from one request a second to ten million it is 23 octaves, each tried twice at
/// most, and three halvings.
const MOST_PROBES: u32 = 52;
/// For what is in flight at the end of a slice, at most: the load generator's time-out.
const AROUND_SLICE_S: f64 = 5.0;
/// For the last requests of a probe: the load generator's time-out, and its start.
const AROUND_PROBE_S: f64 = 6.0;
/// Octaves between the rates that a search tries in the end: three halvings of one.
const GRID_OCTAVES: f64 = 0.125;

/// One load on one server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Load {
    pub(super) connections: u32,
    pub(super) idle: u32,
    pub(super) depth: u32,
    /// Threads of the load generator.
    pub(super) workers: u32,
    /// How the load generator waits for what is due.
    pub(super) waiting: LoadgenWait,
    pub(super) requests_per_connection: Option<u32>,
    pub(super) pace: Pace,
    pub(super) iamat: u32,
    pub(super) whatsat: u32,
    /// What places take meanwhile.
    pub(super) delay_ms: f64,
    pub(super) lead_in_s: f64,
    pub(super) measure_s: f64,
    pub(super) seed: u64,
    /// What the highest rate that keeps to it is searched for; none where one load is driven.
    pub(super) objective: Option<Objective>,
}

/// How the load generator waits for what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoadgenWait {
    /// It sleeps.
    Asleep,
    /// It looks without end, which takes a processor: whoever sleeps on a virtual machine wakes up too late to keep a
    /// schedule (METHOD 1.3).
    Spinning,
}

impl LoadgenWait {
    /// On its own processor it spins to keep a schedule; a closed loop has none, and a herd or a search needs them all.
    fn of(workload: &Workload) -> Self {
        let is_open = matches!(workload.pace, Pace::RatePerS(_));
        let has_room = match workload.role {
            Role::Race | Role::Rate => processors() > 1,
            Role::Map | Role::Memory | Role::Capacity | Role::Herd | Role::Farthest | Role::Topology => false,
        };
        if is_open && has_room { Self::Spinning } else { Self::Asleep }
    }
}

impl Load {
    /// The load of a workload in one block.
    pub(super) fn of(workload: &Workload, plan: &Plan, block: u32) -> Self {
        Self {
            connections: workload.connections,
            idle: workload.idle,
            depth: workload.depth,
            workers: workload.workers,
            waiting: LoadgenWait::of(workload),
            requests_per_connection: workload.requests_per_connection,
            pace: workload.pace,
            iamat: workload.iamat,
            whatsat: workload.whatsat,
            delay_ms: workload.places_delay_ms.unwrap_or(0.0),
            lead_in_s: workload.lead_in_s(),
            measure_s: plan.measured_s(workload),
            seed: plan.seed.wrapping_add(u64::from(block)),
            objective: workload.objective.clone(),
        }
    }

    /// The load of a search in one block on one variant. The block's seed draws where it begins, the same for all; within a
    /// step of the grid of rates each variant begins at a place of its own: on one grid two that differ by less than a
    /// step would seem the same, or to differ by all of it.
    pub(super) fn of_search(workload: &Workload, plan: &Plan, block: u32, variant: &str) -> Self {
        let load = Self::of(workload, plan, block);
        let number = plan.variants.iter().position(|name| name == variant).unwrap_or(0);
        let stream = (u64::from(block) << 32) + number as u64;
        let octaves =
            GRID_OCTAVES * Rng::with_seed(plan.seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(stream)).f64();
        let pace = match load.pace {
            Pace::RatePerS(rate_per_s) => Pace::RatePerS(rate_per_s * octaves.exp2()),
            Pace::Closed => Pace::Closed,
        };
        Self { pace, ..load }
    }

    /// Idle connections at a step of memory, beside one that speaks now and then.
    pub(super) fn idle_step(&self, connections: u32) -> Self {
        let pace = Pace::RatePerS(QUIET_PER_S);
        Self { connections: 1, workers: 1, idle: connections, pace, lead_in_s: 0.0, measure_s: STEP_S, ..self.clone() }
    }

    /// Busy connections at a step of memory.
    pub(super) fn active_step(&self, connections: u32) -> Self {
        Self { connections, idle: 0, pace: Pace::Closed, lead_in_s: 0.0, measure_s: STEP_S, ..self.clone() }
    }

    /// The command line of the load generator that drives it, with the result in a file.
    pub(super) fn arguments(&self, target: SocketAddr, server: u32, result: &Path) -> Vec<String> {
        let mut arguments = self.common_arguments(result);
        let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        add("--target", target.to_string());
        add("--warmup", format!("{}s", self.lead_in_s));
        add("--server-pid", server.to_string());
        add("--stall-probe", "0s".to_owned());
        self.command().into_iter().chain(arguments).collect()
    }

    /// The command line of the load generator that drives it on several servers in turn, in slices.
    pub(super) fn race_arguments(&self, plan: &Plan, servers: &[&Server], result: &Path) -> Vec<String> {
        let mut arguments = vec!["race".to_owned(), "--keep-going".to_owned()];
        let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        for server in servers {
            add("--server", entry(server, result));
        }
        add("--slice", format!("{}s", plan.slice_of(self.delay_ms)));
        add("--lead", format!("{}s", self.slice_lead_s(plan)));
        add("--warmup", format!("{}s", self.lead_in_s));
        arguments.extend(self.common_arguments(result));
        arguments
    }

    /// Load at the start of each slice that is not measured: in a closed loop the first replies of a slow provider come
    /// after its delay, all at once.
    fn slice_lead_s(&self, plan: &Plan) -> f64 {
        plan.slice_lead_of(self.delay_ms)
    }

    fn common_arguments(&self, result: &Path) -> Vec<String> {
        let mut arguments: Vec<String> = Vec::new();
        let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        add("--connections", self.connections.to_string());
        if self.idle > 0 {
            add("--idle", self.idle.to_string());
        }
        if self.depth > 1 {
            add("--depth", self.depth.to_string());
        }
        if self.workers > 1 {
            add("--workers", self.workers.to_string());
        }
        if let Some(requests) = self.requests_per_connection {
            add("--requests-per-connection", requests.to_string());
        }
        add("--mix", format!("iamat={},whatsat={}", self.iamat, self.whatsat));
        add("--duration", format!("{}s", self.measure_s));
        add("--seed", self.seed.to_string());
        add("--json", result.display().to_string());
        let pace = match self.pace {
            Pace::Closed => vec!["--closed".to_owned()],
            Pace::RatePerS(rate_per_s) => vec!["--rate".to_owned(), rate_per_s.to_string()],
        };
        let spin = (self.waiting == LoadgenWait::Spinning).then(|| "--spin".to_owned());
        pace.into_iter().chain(spin).chain(arguments).collect()
    }

    /// The load generator's command, with what it alone takes.
    fn command(&self) -> Vec<String> {
        match &self.objective {
            None => vec!["run".to_owned()],
            Some(objective) => {
                let (objective, drain) = (objective.to_string(), format!("{DRAIN_S}s"));
                let words = ["sweep", "--find-capacity", "--objective", &objective, "--drain", &drain];
                words.map(str::to_owned).into()
            }
        }
    }

    /// How long it may take at the very most.
    pub(super) fn patience(&self) -> Duration {
        let load = Duration::from_secs_f64(self.lead_in_s + self.measure_s);
        match self.objective {
            None => AROUND + load,
            Some(_) => AROUND + (load + Duration::from_secs_f64(DRAIN_S + AROUND_PROBE_S)) * MOST_PROBES,
        }
    }
}

impl Load {
    /// How long a race of so many servers may take at the very most.
    pub(super) fn race_patience(&self, plan: &Plan, servers: usize) -> Duration {
        let slices = f64::from(plan.slices_of(self.measure_s, self.delay_ms));
        let once_s =
            self.lead_in_s + slices * (plan.slice_of(self.delay_ms) + self.slice_lead_s(plan) + AROUND_SLICE_S);
        AROUND + Duration::from_secs_f64(once_s * servers as f64)
    }
}

/// What a server gets at the start of a block: first busy connections, then many of them, where the plan has many; all
/// commands and the longest delay that the plan has.
pub(super) fn warm_up(plan: &Plan) -> Vec<Load> {
    if plan.warmup_s == 0.0 {
        return Vec::new();
    }
    let loads = || plan.workload.iter().filter(|workload| !workload.has_own_servers());
    let whatsat = u32::from(loads().any(|workload| workload.whatsat > 0));
    let iamat = u32::from(whatsat == 0 || loads().any(|workload| workload.iamat > 0));
    let depth = loads().map(|workload| workload.depth).max().unwrap_or(1);
    let busy = Load {
        connections: BUSY,
        idle: 0,
        depth,
        workers: 1,
        waiting: LoadgenWait::Asleep,
        requests_per_connection: None,
        pace: Pace::Closed,
        iamat,
        whatsat,
        delay_ms: 0.0,
        lead_in_s: 0.0,
        measure_s: plan.warmup_s,
        seed: plan.seed,
        objective: None,
    };
    let most = loads().map(|workload| workload.connections).max().unwrap_or(1);
    if most <= BUSY {
        return vec![Load { connections: most, ..busy }];
    }
    let longest_ms = loads().filter_map(|workload| workload.places_delay_ms).fold(0.0, f64::max);
    let half_s = plan.warmup_s / 2.0;
    let many = Load { connections: most.min(MANY), delay_ms: longest_ms, measure_s: half_s, ..busy.clone() };
    vec![Load { measure_s: half_s, ..busy }, many]
}

/// A server as a race takes it: all processes of its herd, and what it is sent where that is no update.
fn entry(server: &Server, result: &Path) -> String {
    let mut entry = format!("{}={},pid={}", server.name, server.address(), server.id());
    entry.extend(server.others.iter().map(|other| format!(",also={}", other.id())));
    if let Some(foreign) = &server.foreign {
        entry.extend([format!(",raw={},expect={}", lines_file(server, result).display(), foreign.expect)]);
    }
    entry
}

/// Where the lines are that stand for updates.
pub(super) fn lines_file(server: &Server, result: &Path) -> PathBuf {
    result.with_file_name(format!("{}.lines", server.name))
}

/// What the load generator did.
pub(super) struct Driven<T> {
    /// Its command line, as a reader can repeat it.
    pub(super) command: Vec<String>,
    /// None where it failed.
    pub(super) result: Option<T>,
    /// Its last lines.
    pub(super) said: String,
}

/// The result of a load of one kind.
pub(super) trait Loaded: Document + Serialize {
    /// Right replies, of all its runs.
    fn replies(&self) -> u64;

    /// Leaves out the histograms that nothing is read from.
    fn without_spare_histograms(self) -> Self;
}

impl Loaded for RunResult {
    fn replies(&self) -> u64 {
        self.replies
    }

    fn without_spare_histograms(mut self) -> Self {
        let latency = &mut self.latency;
        for hdr in [&mut latency.from_seen.hdr, &mut latency.from_written.hdr] {
            hdr.clear();
        }
        if let Some(seen) = &mut self.seen_at_seat {
            seen.hdr.clear();
        }
        for times in [&mut self.wake_lag, &mut self.connection_wait, &mut self.connect, &mut self.first_reply] {
            times.hdr.clear();
        }
        self
    }
}

impl Loaded for SweepResult {
    fn replies(&self) -> u64 {
        self.runs.iter().map(|run| run.result.replies).sum()
    }

    fn without_spare_histograms(mut self) -> Self {
        self.runs.iter_mut().for_each(|run| run.result = without_histograms(run.result.clone()));
        self
    }
}

/// A result of which the percentiles alone are read.
pub(super) fn without_histograms(result: RunResult) -> RunResult {
    let mut result = result.without_spare_histograms();
    result.latency.from_intended.hdr.clear();
    result.latency.censored_ages.hdr.clear();
    result
}

impl<T: Loaded> Driven<T> {
    /// The result as it is kept; `null` of a load that failed.
    pub(super) fn kept(self) -> Value {
        self.result.and_then(|result| serde_json::to_value(result.without_spare_histograms()).ok()).unwrap_or_default()
    }

    /// Right replies; none of a load that failed.
    pub(super) fn replies(&self) -> u64 {
        self.result.as_ref().map_or(0, Loaded::replies)
    }
}

impl Environment {
    /// Lets the load generator drive a load on a server.
    pub(super) fn drive<T: Loaded>(&self, load: &Load, server: &Server) -> anyhow::Result<Driven<T>> {
        let arguments = load.arguments(server.address(), server.id(), &self.scratch);
        self.run_load(&arguments, load.patience())
    }

    /// Runs the load generator with these arguments, which tell it to write its result to the scratch file.
    pub(super) fn run_load<T: Loaded>(&self, arguments: &[String], patience: Duration) -> anyhow::Result<Driven<T>> {
        let ended = self.loadgen.run(arguments, patience, &self.interrupt)?;
        let text = fs::read(&self.scratch).unwrap_or_default();
        // What is left there would be taken for the next load's result.
        let _was_not_written = fs::remove_file(&self.scratch);
        let scratch = self.scratch.display().to_string();
        let beside = self.scratch.with_file_name("").display().to_string();
        let repeatable = told(arguments).into_iter();
        // Files beside the result are named alone, since a recording holds no path of the machine.
        let named = |word: String| if word == scratch { "run.json".to_owned() } else { word.replace(&beside, "") };
        let command = repeatable.map(named).collect();
        let result = ended.status.and_then(|_| parse(&text).ok());
        Ok(Driven { command, result, said: ended.said })
    }
}
