use std::{fs, path::PathBuf};

use loadgen::result::{Cpu, KnownTimes, Latency, RaceResult, RunResult, Slice};

use super::{Measurement, deployment::HERD_NAMES, raced_herd};
use crate::{
    plan::{Gates, Pace, Plan, Role, Workload},
    results::{Cause, HerdServer, HerdUse, PlacesUse, RunSlice, Status, Void},
    runner::{
        environment::{Environment, between},
        load::{Driven, Load, Loaded, lines_file},
        server::{Metrics, PausedServers, PausedUse, Server, await_rest},
        servers::BlockServers,
        validity::{Evidence, Purpose, last_line, late, limit, own_fault, steal, stolen, waited},
    },
    variant::{Foreign, Variant},
};

impl Loaded for RaceResult {
    fn replies(&self) -> u64 {
        self.servers.iter().map(|server| server.run.replies).sum()
    }

    fn without_spare_histograms(mut self) -> Self {
        for server in &mut self.servers {
            server.run = server.run.clone().without_spare_histograms();
        }
        self
    }
}

/// Drives a workload on these variants in turn, in slices, while all other servers of the block are paused. Gives a measurement of
/// each, in the order of their first slices; those that had none come last.
pub(in crate::runner) fn measure(
    environment: &Environment,
    plan: &Plan,
    servers: &mut BlockServers,
    variants: &[&Variant],
    workload: &Workload,
    block: u32,
) -> anyhow::Result<Vec<(String, Measurement)>> {
    let load = Load::of(workload, plan, block);
    let mut measurements: Vec<(String, Measurement)> = Vec::new();
    let mut racing: Vec<&Variant> = Vec::new();
    let mut herds = Vec::new();
    for variant in variants {
        let ready = if workload.herd {
            let herd = raced_herd::start(environment, variant, &load);
            environment.interrupt.check()?;
            herd.map(|herd| herds.push(herd)).map_err(|error| format!("the herd could not be started: {error:#}"))
        } else {
            servers.revive(variant, plan, environment)?
        };
        match ready {
            Ok(()) => racing.push(variant),
            Err(why) => measurements.push((variant.name.clone(), Measurement::failed(why))),
        }
    }
    // Those of the block stay stopped meanwhile.
    let mut herds = BlockServers::of(herds);
    let servers = if workload.herd { &mut herds } else { servers };
    environment.places.delay(load.delay_ms)?;
    let names: Vec<&str> = racing.iter().map(|variant| variant.name.as_str()).collect();
    let before = readings(environment, servers, &racing)?;
    let (driven, paused) = drive(environment, plan, servers, &names, &load)?;
    let after = readings(environment, servers, &racing)?;
    let void = void(plan, workload, &driven, &paused);
    for (variant, (before, after)) in racing.iter().zip(before.into_iter().zip(after)) {
        let place = Racer { variant, workload, before, after };
        measurements.push((variant.name.clone(), place.measurement(servers, &driven, void.as_ref())));
    }
    measurements.sort_by_key(|(_, measurement)| first_slice(measurement));
    Ok(measurements)
}

fn first_slice(measurement: &Measurement) -> u32 {
    measurement.slices.first().map_or(u32::MAX, |slice| slice.order)
}

/// What is read of a variant around a race.
#[derive(Clone, Copy)]
struct Reading {
    places: PlacesUse,
    journal_dropped: Option<u64>,
}

fn readings(environment: &Environment, servers: &BlockServers, variants: &[&Variant]) -> anyhow::Result<Vec<Reading>> {
    let of = |variant: &&Variant| {
        let server = servers.server(&variant.name);
        Ok(Reading {
            places: environment.places.stats(&variant.name)?,
            journal_dropped: server.and_then(|server| journal_dropped(variant, server)),
        })
    };
    variants.iter().map(of).collect()
}

/// Events that a server's journal has lost so far; `None` for one that keeps none, or does not tell.
fn journal_dropped(variant: &Variant, server: &Server) -> Option<u64> {
    let admin = server.admin().filter(|_| variant.keeps_journal())?;
    Metrics::of(admin)?.sum("herd_journal_dropped_events_total")
}

/// Lets the load generator race the servers of these variants.
fn drive(
    environment: &Environment,
    plan: &Plan,
    servers: &BlockServers,
    names: &[&str],
    load: &Load,
) -> anyhow::Result<(Driven<RaceResult>, PausedUse)> {
    let racing: Vec<&Server> = names.iter().filter_map(|name| servers.server(name)).collect();
    for server in &racing {
        server.resume();
    }
    await_rest(&racing);
    let watched = PausedServers::begin(servers.all_but(names));
    let arguments = load.race_arguments(plan, &racing, &environment.scratch);
    let lines = lines(environment, &racing)?;
    let driven = environment.run_load(&arguments, load.race_patience(plan, racing.len()));
    for file in lines {
        fs::remove_file(file)?;
    }
    for server in &racing {
        server.pause();
    }
    Ok((driven?, watched.end()))
}

/// Writes the lines that stand for updates at servers that are none of the herd.
fn lines(environment: &Environment, racing: &[&Server]) -> anyhow::Result<Vec<PathBuf>> {
    let foreign = racing.iter().filter_map(|server| Some((server, server.foreign.as_ref()?)));
    let write = |(server, foreign): (&&Server, &Foreign)| {
        let file = lines_file(server, &environment.scratch);
        fs::write(&file, foreign.lines())?;
        Ok(file)
    };
    foreign.map(write).collect()
}

/// One that takes part, with what was read around the race.
struct Racer<'a> {
    variant: &'a Variant,
    workload: &'a Workload,
    before: Reading,
    after: Reading,
}

impl Racer<'_> {
    fn measurement(&self, servers: &mut BlockServers, driven: &Driven<RaceResult>, void: Option<&Void>) -> Measurement {
        let name = &self.variant.name;
        let race = driven.result.as_ref();
        let place = race.and_then(|race| race.servers.iter().position(|server| server.name == *name));
        let run = race.zip(place).map(|(race, place)| &race.servers[place].run);
        let (ended, said) = servers.note(name, run.map_or(0, |run| run.replies));
        let places = between(self.before.places, self.after.places);
        let evidence = Evidence {
            purpose: Purpose::Times,
            load: run,
            said: self.left_out(driven),
            server_end: ended.as_deref(),
            server_said: &said,
            asked: places.requests,
        };
        // Without any result, nothing is known against a server that still runs.
        let own = own_fault(&evidence).filter(|status| race.is_some() || ended.is_some() || is_limit(status));
        let journal = self.before.journal_dropped.zip(self.after.journal_dropped);
        Measurement {
            status: own.or_else(|| void.cloned().map(Status::Void)).unwrap_or(Status::Measured),
            command: alone(&driven.command, name),
            server_command: servers.server(name).map(|server| server.command.clone()).unwrap_or_default(),
            waiting_cpu_share: race.map_or(0.0, waiting_share),
            places: (self.workload.whatsat > 0).then_some(places),
            journal_dropped: journal.map(|(before, after)| after.saturating_sub(before)),
            slices: race.zip(place).map(|(race, place)| slices(race, place)).unwrap_or_default(),
            herd: run.filter(|_| self.workload.herd).map(herd_use),
            loadgen: run.map(|run| kept(run, self.workload.role)).unwrap_or_default(),
            ..Measurement::default()
        }
    }

    /// Why it was not raced, or why nobody was.
    fn left_out<'d>(&self, driven: &'d Driven<RaceResult>) -> &'d str {
        let left_out = driven.result.iter().flat_map(|race| &race.left_out);
        let why = left_out.filter(|server| server.name == self.variant.name).map(|server| server.why.as_str()).next();
        why.unwrap_or(&driven.said)
    }
}

fn is_limit(status: &Status) -> bool {
    matches!(status, Status::Limit(_))
}

/// The command line of a race with this server alone.
fn alone(command: &[String], name: &str) -> Vec<String> {
    let prefix = format!("{name}=");
    let is_others =
        |at: usize| command[at] == "--server" && !command.get(at + 1).is_some_and(|it| it.starts_with(&prefix));
    let kept = (0..command.len()).filter(|at| !(is_others(*at) || *at > 0 && is_others(*at - 1)));
    kept.map(|at| command[at].clone()).collect()
}

/// The sum of a server's slices as it is kept: what a page reads. A window that was cut into slices has no seconds, and of a cell of
/// the map no distribution is drawn.
fn kept(run: &RunResult, role: Role) -> serde_json::Value {
    let mut run = run.clone().without_spare_histograms();
    run.latency.from_seen = Latency::default();
    run.latency.from_written = Latency::default();
    for times in [&mut run.connection_wait, &mut run.connect, &mut run.first_reply] {
        *times = KnownTimes::default();
    }
    if role == Role::Map {
        run.latency.from_intended.hdr.clear();
    } else {
        run.latency.from_intended.coarsen();
    }
    if run.latency.censored_ages.count == 0 {
        run.latency.censored_ages = KnownTimes::default();
    }
    let run = RunResult { seconds: Vec::new(), slowest: Vec::new(), server: None, ..run };
    serde_json::to_value(run).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times of a slice, in µs")]
fn slices(race: &RaceResult, own: usize) -> Vec<RunSlice> {
    let us = |seconds: f64| (seconds * 1e6).round() as u64;
    let of = |(order, slice): (usize, &Slice)| RunSlice {
        order: u32::try_from(order).unwrap_or(u32::MAX),
        at_ms: (slice.started_s * 1e3).round() as u64,
        window_us: us(slice.window_s),
        replies: slice.replies,
        server_cpu_us: cpu_s(slice).map(us),
        client_cpu_us: slice.client_cpu_s.map(us),
        probe_us: slice.probe_us.iter().map(|us| us.round() as u32).collect(),
        stopped: slice.stopped_after,
    };
    race.slices.iter().enumerate().filter(|(_, slice)| slice.server == own).map(of).collect()
}

/// Processor time of all of a server's processes in a slice.
fn cpu_s(slice: &Slice) -> Option<f64> {
    let others_s: Option<f64> = slice.others_cpu_s.iter().copied().sum();
    Some(slice.server_cpu_s? + others_s?)
}

/// What each server of a herd spent in all windows.
fn herd_use(run: &RunResult) -> HerdUse {
    let spent = [run.spent.server].into_iter().chain(run.spent.others.iter().copied());
    let server = |(name, cpu): (&str, Option<Cpu>)| HerdServer {
        name: name.to_owned(),
        cpu_s: cpu.map(|cpu| cpu.total_s),
        records_sent: None,
        batches_sent: None,
    };
    HerdUse { servers: HERD_NAMES.into_iter().zip(spent).map(server).collect(), null: None }
}

/// Processor time of the servers of a race that waited, as a share of one processor.
fn waiting_share(race: &RaceResult) -> f64 {
    let whole_s: f64 = race.slices.iter().map(|slice| slice.whole_s).sum();
    let waiting_s: f64 = race.slices.iter().map(|slice| slice.waiting_cpu_s).sum();
    if whole_s > 0.0 { waiting_s / whole_s } else { 0.0 }
}

/// What voids a race for all that took part. Nothing in here is read from how fast a server was.
fn void(plan: &Plan, workload: &Workload, driven: &Driven<RaceResult>, paused: &PausedUse) -> Option<Void> {
    let Some(race) = &driven.result else {
        let why = format!("the load generator failed: {}", last_line(&driven.said));
        // What the system lacks is a limit of each variant, which `own_fault` tells.
        return limit(&driven.said).is_none().then(|| Void::new(Cause::Generator, why));
    };
    let gates = &plan.gates;
    let servers = race.servers.len().max(1) as f64;
    let steal = race.servers.iter().map(|server| steal(&server.run)).sum::<f64>() / servers;
    let waiting = waiting_share(race) + paused.share;
    stolen(gates, steal).or_else(|| waited(gates, waiting, &paused.most)).or_else(|| late_in(workload, race, gates))
}

/// Whether the generator kept the schedule of an open loop; a closed one has none.
fn late_in(workload: &Workload, race: &RaceResult, gates: &Gates) -> Option<Void> {
    if workload.pace == Pace::Closed {
        return None;
    }
    race.servers.iter().find_map(|server| late(gates, &server.run))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use loadgen::result::{EXAMPLE_RUN, RaceServer, from_value};
    use serde_json::{Value, json};

    use super::*;

    /// A race of two servers, of which the second is `ratio` times as dear and as slow, on a machine that is disturbed as
    /// the generator of random numbers has it.
    fn simulated(random: &mut Rng, ratio: f64) -> Driven<RaceResult> {
        let (steal, lag_us) = (random.f64() * 0.1, random.f64() * 2_000.0);
        let speed = 1.0 + random.f64() * 0.2;
        let server = |name: &str, cost: f64| {
            let mut run: Value = serde_json::from_str(EXAMPLE_RUN).unwrap();
            run["spent"]["steal_share"] = json!(steal);
            run["wake_lag"]["percentiles"]["p99"] = json!({ "us": lag_us });
            run["latency"]["from_intended"]["percentiles"]["p99"] = json!({ "us": 300.0 * cost });
            RaceServer { name: name.to_owned(), run: from_value(&run).unwrap() }
        };
        let slice = |server: usize, cost: f64| Slice {
            server,
            started_s: 0.0,
            window_s: 0.25,
            replies: 1_000,
            server_cpu_s: Some(0.01 * cost * speed),
            others_cpu_s: Vec::new(),
            client_cpu_s: None,
            waiting_cpu_s: 0.0,
            whole_s: 0.3,
            drained_s: 0.0,
            probe_us: Vec::new(),
            stopped_after: false,
        };
        let result = RaceResult {
            format: String::new(),
            loadgen_version: String::new(),
            started_unix_s: 0.0,
            seed: 1,
            slice_s: 0.25,
            lead_s: 0.05,
            probe_steps: 1,
            interrupted: false,
            servers: vec![server("one", 1.0), server("other", ratio)],
            left_out: Vec::new(),
            slices: vec![slice(0, 1.0), slice(1, ratio)],
            last_probe_us: Vec::new(),
        };
        Driven { command: Vec::new(), result: Some(result), said: String::new() }
    }

    /// The share of races that are void, and the mean ratio of those that are not.
    fn outcome(workload: &str, ratio: f64) -> (f64, f64) {
        let plan = Plan::find("standard").unwrap();
        let workload = plan.workload.iter().find(|one| one.name == workload).unwrap();
        let mut random = Rng::with_seed(7);
        let races: Vec<Driven<RaceResult>> = (0..400).map(|_| simulated(&mut random, ratio)).collect();
        let is_void = |driven: &&Driven<RaceResult>| void(&plan, workload, driven, &PausedUse::default()).is_some();
        let (void, fine): (Vec<_>, Vec<_>) = races.iter().partition(is_void);
        let cost = |race: &RaceResult, own: usize| slices(race, own)[0].server_cpu_us.unwrap() as f64;
        let ratios = fine.iter().filter_map(|driven| driven.result.as_ref()).map(|race| cost(race, 1) / cost(race, 0));
        (void.len() as f64 / races.len() as f64, ratios.sum::<f64>() / fine.len() as f64)
    }

    #[test]
    fn who_is_faster_changes_neither_what_is_void_nor_the_estimate() {
        let plan = Plan::find("standard").unwrap();
        let open = plan.workload.iter().find(|one| one.pace != Pace::Closed && one.role.is_raced()).unwrap();
        let closed = plan.workload.iter().find(|one| one.pace == Pace::Closed && one.role.is_raced()).unwrap();
        for workload in [&open.name, &closed.name] {
            let (as_fast, one) = outcome(workload, 1.0);
            assert!((0.3..0.9).contains(&as_fast), "the gates are to be tried: {as_fast}");
            for ratio in [0.2, 5.0] {
                let (void, estimate) = outcome(workload, ratio);
                assert!((void - as_fast).abs() < 1e-9, "{workload}: {void} void where {as_fast} were");
                assert!((estimate / ratio / one - 1.0).abs() < 1e-3, "{workload}: {estimate} for {ratio}");
            }
        }
    }

    #[test]
    fn a_load_generator_that_fails_voids_the_race_unless_the_system_is_short_of_something() {
        let plan = Plan::find("smoke").unwrap();
        let said = |said: &str| Driven { command: Vec::new(), result: None, said: said.to_owned() };
        let of = |said| void(&plan, &plan.workload[0], &said, &PausedUse::default());
        assert_eq!(of(said("it broke")).map(|void| void.cause), Some(Cause::Generator));
        assert_eq!(of(said("9 connections do not fit")), None);
    }
}
