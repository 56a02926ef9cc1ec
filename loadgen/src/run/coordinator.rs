use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, SystemTime},
};

use super::{
    Latencies, Measurement, Plan, Workload,
    client::{LiveFigures, LoadSlice, Progress, SharedProgress, Then, WorkerReport},
    herd::{FakePeerServer, await_convergence},
    measure::{Clock, MachineCounters, Precise, nanos},
    measurement::CoordinatorReadings,
    reach::{make_room, reach},
    schedule::Draws,
    workers::{LOOK, Shared, Workers},
};
use crate::result::{Convergence, Held, HeldDuringRun, Spent, Stalls};

/// Between the order to start and the start, so that all workers have received it.
pub(crate) const RUN_UP_NS: u64 = 5_000_000;

/// Runs a plan. It ends early, and still reports, once `interrupt` is set.
///
/// Fails when the plan is inconsistent, when the system has too few descriptors, or when a target cannot be reached or
/// does not answer before the load begins.
pub fn run(
    plan: &Plan,
    interrupt: &AtomicBool,
    live_figures: LiveFigures,
    show: &mut dyn FnMut(Progress),
) -> anyhow::Result<Measurement> {
    plan.check().map_err(anyhow::Error::msg)?;
    make_room([plan])?;
    reach(plan)?;
    let before = Stalls::probe(plan.stall_probe);
    let (draws, clock, progress) = (Draws::new(plan), Clock::start(), SharedProgress::new(plan.workers, live_figures));
    let started = SystemTime::now();
    let fake_peer = fake_peer(plan, clock)?;
    let coordinator = Coordinator { plan, interrupt, clock, progress: &progress, fake_peer: fake_peer.as_ref() };
    let (reports, mut readings) = thread::scope(|scope| {
        if let Some(fake_peer) = &fake_peer {
            scope.spawn(|| fake_peer.serve());
        }
        let coordinated = coordinator.coordinate(scope, &draws, show);
        if let Some(fake_peer) = &fake_peer {
            fake_peer.stop();
        }
        coordinated
    })?;
    readings.started = started;
    readings.stalls = (before, Stalls::probe(plan.stall_probe));
    Ok(Measurement::new(plan, reports, readings))
}

/// The fake peer of the plan, if it has one.
fn fake_peer(plan: &Plan, clock: Clock) -> anyhow::Result<Option<FakePeerServer<'_>>> {
    match (&plan.herd.fake_peer, &plan.workload) {
        (Some(fake_peer), Workload::Herd(load)) => FakePeerServer::listen(fake_peer, &load.prefix, clock).map(Some),
        (Some(_) | None, _) => Ok(None),
    }
}

struct Coordinator<'a> {
    plan: &'a Plan,
    interrupt: &'a AtomicBool,
    clock: Clock,
    progress: &'a SharedProgress,
    fake_peer: Option<&'a FakePeerServer<'a>>,
}

impl<'a> Coordinator<'a> {
    fn coordinate<'scope>(
        &self,
        scope: &'scope thread::Scope<'scope, '_>,
        draws: &'a Draws,
        show: &mut dyn FnMut(Progress),
    ) -> anyhow::Result<(Vec<WorkerReport>, CoordinatorReadings)>
    where
        'a: 'scope,
    {
        let shared = Shared { plan: self.plan, draws, clock: self.clock, progress: self.progress };
        let workers = Workers::start(scope, shared)?;
        let linked = || self.fake_peer.map_or(Ok(()), |fake_peer| fake_peer.await_link(self.interrupt));
        if let Err(error) = workers.open(shared, self.interrupt, show).and_then(|()| linked()) {
            self.progress.stop();
            return Err(error);
        }
        let opened = self.held();
        let start_ns = self.clock.now_ns() + RUN_UP_NS;
        let (lead_ns, window_ns) = (nanos(self.plan.warmup), nanos(self.plan.duration));
        workers.drive(LoadSlice { start_ns, lead_ns, window_ns, then: Then::End })?;
        let (spent, interrupted) = self.oversee(start_ns, &workers, show);
        let held = opened.zip(self.held()).map(|(opened, end)| HeldDuringRun { opened, end });
        let reports = workers.finish()?;
        let longest_ns = reports.iter().filter_map(|report| Some(report.driven.first()?.window.length_ns())).max();
        let readings = CoordinatorReadings {
            started: SystemTime::UNIX_EPOCH,
            window: Duration::from_nanos(longest_ns.unwrap_or_default()),
            spent,
            held,
            stalls: (None, None),
            interrupted,
            start_ns: start_ns + lead_ns,
            settled: self.convergence(&reports),
            seen_at_seat: self.seen(&reports),
        };
        Ok((reports, readings))
    }

    /// Whether the servers that the target passes updates on to came to hold them.
    fn convergence(&self, reports: &[WorkerReport]) -> Vec<Convergence> {
        let clients: Vec<_> = reports.iter().flat_map(|report| report.clients.iter().copied()).collect();
        let done_ns = reports.iter().filter_map(|report| Some(report.driven.last()?.done_ns)).max();
        await_convergence(self.plan, &clients, self.clock, done_ns.unwrap_or_default())
    }

    /// When what was told in the window came to the fake peer.
    fn seen(&self, reports: &[WorkerReport]) -> Option<Latencies> {
        let told: Vec<_> = reports.iter().flat_map(|report| report.tally.sent_updates.iter().copied()).collect();
        let (seen, missing) = self.fake_peer?.seen(&told, self.plan.timeout);
        let whole = |times: Vec<u64>| {
            let mut counts = Precise::default();
            for ns in times {
                counts.record(ns);
            }
            counts.whole()
        };
        Some(Latencies::new(&whole(seen), &whole(missing)))
    }

    /// Reads the counters at the edges of the window, passes an interrupt on, and shows how far the run is. Returns
    /// when all workers have ended, or one of them has failed.
    fn oversee(&self, start_ns: u64, workers: &Workers<'_>, show: &mut dyn FnMut(Progress)) -> (Spent, bool) {
        let window_ns = start_ns + nanos(self.plan.warmup);
        let end_ns = window_ns + nanos(self.plan.duration);
        let server = self.plan.server.map(|server| server.pid);
        let (mut first, mut last) = (None, None);
        let mut is_interrupted = false;
        while self.progress.ended() < workers.count() && !workers.has_failed() {
            let now_ns = self.clock.now_ns();
            if self.interrupt.load(Ordering::Relaxed) && !is_interrupted {
                is_interrupted = now_ns < end_ns;
                self.progress.stop();
            }
            if first.is_none() && now_ns >= window_ns {
                first = Some(MachineCounters::take(server, &self.plan.herd.others));
            }
            if last.is_none() && (now_ns >= end_ns || self.progress.is_stopped()) {
                last = Some(MachineCounters::take(server, &self.plan.herd.others));
            }
            show(Progress::Running {
                elapsed: Duration::from_nanos(now_ns.saturating_sub(start_ns)),
                left: Duration::from_nanos(end_ns.saturating_sub(now_ns)),
                last: self.progress.last_second(),
            });
            let edge_ns = [window_ns, end_ns].into_iter().find(|edge_ns| *edge_ns > now_ns).unwrap_or(u64::MAX);
            thread::sleep(Duration::from_nanos(edge_ns.saturating_sub(now_ns)).min(LOOK));
        }
        let last = last.unwrap_or_else(|| MachineCounters::take(server, &self.plan.herd.others));
        (Spent::between(first.as_ref().unwrap_or(&last), &last), is_interrupted)
    }

    fn held(&self) -> Option<Held> {
        self.plan.server.map(|server| Held::read(server.pid))
    }
}
