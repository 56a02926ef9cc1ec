use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::{
    lane::Lane,
    order::order,
    plan::{RacePlan, Racer, Without},
    probe::SpeedProbe,
};
use crate::{
    result::{Document, LeftOut, RaceResult, Slice},
    run::{Clock, Draws, LiveFigures, Progress, Shared, SharedProgress, Workers, make_room, reach},
};

/// How far a race is, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub enum RaceProgress<'a> {
    /// Connections to a server are opened.
    Opening {
        /// Its name.
        server: &'a str,
        /// How far that is.
        progress: Progress,
    },
    /// Slices are driven.
    Racing {
        /// Slices that have been driven.
        driven: usize,
        /// All there will be.
        all: usize,
        /// Time left, at least.
        left: Duration,
    },
}

/// What each server has of its own that outlives its workers.
struct Ground {
    draws: Draws,
    progress: SharedProgress,
}

/// Runs a race. It ends early, and still reports what was driven, once `interrupt` is set.
///
/// Fails when the plan is inconsistent, when the system has too few descriptors for all connections at once, or when a server
/// cannot be reached or does not answer before the first slice.
pub fn race(
    plan: &RacePlan,
    interrupt: &AtomicBool,
    show: &mut dyn FnMut(RaceProgress<'_>),
) -> anyhow::Result<RaceResult> {
    plan.check().map_err(anyhow::Error::msg)?;
    make_room(plan.racers.iter().map(|racer| &racer.plan))?;
    let ground = |racer: &Racer| Ground {
        draws: Draws::new(&racer.plan),
        progress: SharedProgress::new(racer.plan.workers, LiveFigures::Off),
    };
    let grounds: Vec<Ground> = plan.racers.iter().map(ground).collect();
    let clock = Clock::start();
    thread::scope(|scope| {
        let opened = open(scope, plan, &grounds, clock, interrupt, show);
        let raced = opened.and_then(|opened| drive(scope, plan, opened, interrupt, show));
        if raced.is_err() {
            // The workers that still open connections end.
            for ground in &grounds {
                ground.progress.stop();
            }
        }
        raced
    })
}

/// The servers whose connections stand, and those that are left out.
struct Opened<'a, 'scope> {
    lanes: Vec<Lane<'a, 'scope>>,
    left_out: Vec<LeftOut>,
}

/// Opens all connections of all servers, and drives each for a while.
fn open<'scope, 'a: 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    plan: &'a RacePlan,
    grounds: &'a [Ground],
    clock: Clock,
    interrupt: &AtomicBool,
    show: &mut dyn FnMut(RaceProgress<'_>),
) -> anyhow::Result<Opened<'a, 'scope>> {
    let mut opened = Opened { lanes: Vec::new(), left_out: Vec::new() };
    for (racer, ground) in plan.racers.iter().zip(grounds) {
        let shared = Shared { plan: &racer.plan, draws: &ground.draws, clock, progress: &ground.progress };
        let mut show = |progress| show(RaceProgress::Opening { server: &racer.name, progress });
        match (open_lane(scope, racer, shared, interrupt, &mut show), plan.without) {
            (Ok(mut lane), _) => {
                lane.warm_up(plan.warmup)?;
                opened.lanes.push(lane);
            }
            (Err(error), Without::Nobody) => return Err(error.context(format!("{} cannot be raced", racer.name))),
            (Err(error), Without::Them) => {
                ground.progress.stop();
                opened.left_out.push(LeftOut { name: racer.name.clone(), why: format!("{error:#}") });
            }
        }
    }
    Ok(opened)
}

fn open_lane<'scope, 'a: 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    racer: &'a Racer,
    shared: Shared<'a>,
    interrupt: &AtomicBool,
    show: &mut dyn FnMut(Progress),
) -> anyhow::Result<Lane<'a, 'scope>> {
    reach(&racer.plan)?;
    let workers = Workers::start(scope, shared)?;
    workers.open(shared, interrupt, show)?;
    Ok(Lane::new(racer, shared, workers))
}

/// Drives slice after slice, the speed probe between them.
fn drive<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    plan: &RacePlan,
    Opened { mut lanes, left_out }: Opened<'_, 'scope>,
    interrupt: &AtomicBool,
    show: &mut dyn FnMut(RaceProgress<'_>),
) -> anyhow::Result<RaceResult> {
    let probe = SpeedProbe::start(scope)?;
    let started = SystemTime::now();
    let order = order(plan.seed, lanes.len(), plan.slices);
    let mut slices: Vec<Slice> = Vec::with_capacity(order.len());
    let mut is_interrupted = false;
    for server in &order {
        is_interrupted = interrupt.load(Ordering::Relaxed);
        if is_interrupted {
            break;
        }
        // One whose load has ended for good keeps nobody from theirs.
        if lanes[*server].is_over() {
            continue;
        }
        slices.push(drive_one(plan, &mut lanes, *server, probe.take())?);
        let left = (plan.lead + plan.slice) * u32::try_from(order.len() - slices.len()).unwrap_or(u32::MAX);
        show(RaceProgress::Racing { driven: slices.len(), all: order.len(), left });
    }
    let first_s = slices.first().map_or(0.0, |slice| slice.started_s);
    for slice in &mut slices {
        slice.started_s -= first_s;
    }
    let last_probe_us = probe.take();
    Ok(RaceResult {
        format: RaceResult::FORMAT.to_owned(),
        loadgen_version: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_s: started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
        seed: plan.seed,
        slice_s: plan.slice.as_secs_f64(),
        lead_s: plan.lead.as_secs_f64(),
        probe_steps: probe.steps(),
        interrupted: is_interrupted,
        servers: lanes.into_iter().map(Lane::finish).collect::<anyhow::Result<_>>()?,
        left_out,
        slices,
        last_probe_us,
    })
}

/// Drives a slice, with an eye on what the other servers do meanwhile.
fn drive_one(plan: &RacePlan, lanes: &mut [Lane<'_, '_>], server: usize, probe_us: Vec<f64>) -> anyhow::Result<Slice> {
    let (before_s, begun): (Vec<f64>, _) = (lanes.iter().map(Lane::cpu_s).collect(), Instant::now());
    let slice = lanes[server].drive(plan, server, probe_us)?;
    let whole_s = begun.elapsed().as_secs_f64();
    let mut waiting_cpu_s = 0.0;
    for (place, (lane, before_s)) in lanes.iter_mut().zip(before_s).enumerate() {
        if place != server {
            let used_s = lane.cpu_s() - before_s;
            lane.waited(used_s, whole_s);
            waiting_cpu_s += used_s;
        }
    }
    Ok(Slice { waiting_cpu_s, whole_s, ..slice })
}
