use std::{
    io,
    net::{SocketAddr, TcpStream},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, ScopedJoinHandle},
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail};
use herd::descriptors;

use super::{
    Latencies, Measurement, Plan, Workload,
    client::{LiveFigures, SharedProgress, Worker, WorkerMessage, WorkerReport},
    herd::{FakePeerServer, await_convergence},
    measure::{Clock, MachineCounters, Precise, is_there, nanos},
    measurement::CoordinatorReadings,
    schedule::Draws,
};
use crate::result::{Convergence, Held, HeldDuringRun, SecondRow, Spent, Stalls};

/// Descriptors that are not connections to the servers: standard ones, an epoll for each worker, files of `/proc`.
const KEPT_BACK: usize = 32;
/// How often the coordinator looks up.
const LOOK: Duration = Duration::from_millis(20);
/// Between the message to start and the start, so that all workers have received it.
const RUN_UP_NS: u64 = 5_000_000;

/// How far a run is, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// Connections are opened and clients told.
    Opening {
        /// Connections that are ready.
        ready: usize,
        /// All there will be.
        all: usize,
    },
    /// Load is sent.
    Running {
        /// Time since the start, warm-up included.
        elapsed: Duration,
        /// Time left until the end of the window, at most.
        left: Duration,
        /// The last whole second, where live figures are kept.
        last: Option<SecondRow>,
    },
}

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
    make_room(plan)?;
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

type Handles<'scope> = Vec<ScopedJoinHandle<'scope, Option<WorkerReport>>>;

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
        let (messages, received) = mpsc::channel();
        let (mut handles, mut starts): (Handles<'scope>, Vec<Sender<u64>>) = (Vec::new(), Vec::new());
        for number in 0..self.plan.workers {
            let (start, started) = mpsc::channel();
            let (plan, clock, progress, messages) = (self.plan, self.clock, self.progress, messages.clone());
            let worker = move || Worker::new(number, plan, draws, clock, progress).ok()?.run(&messages, &started);
            let name = format!("load-{number}");
            handles.push(thread::Builder::new().name(name).spawn_scoped(scope, worker)?);
            starts.push(start);
        }
        drop(messages);
        let linked = || self.fake_peer.map_or(Ok(()), |fake_peer| fake_peer.await_link(self.interrupt));
        if let Err(error) = self.open(&received, show).and_then(|()| linked()) {
            self.progress.stop();
            return Err(error);
        }
        let opened = self.held();
        let start_ns = self.clock.now_ns() + RUN_UP_NS;
        for start in &starts {
            start.send(start_ns).context("a worker ended before the start")?;
        }
        let (spent, interrupted) = self.oversee(start_ns, &handles, show);
        let held = opened.zip(self.held()).map(|(opened, end)| HeldDuringRun { opened, end });
        drop(starts);
        let reports: Option<Vec<WorkerReport>> = handles.into_iter().map(|handle| handle.join().ok()?).collect();
        let reports = reports.context("a worker failed")?;
        let window_ns = start_ns + nanos(self.plan.warmup);
        let end_ns = reports.iter().map(|report| report.end_ns).max().unwrap_or(window_ns);
        let readings = CoordinatorReadings {
            started: SystemTime::UNIX_EPOCH,
            window: Duration::from_nanos(end_ns.saturating_sub(window_ns)),
            spent,
            held,
            stalls: (None, None),
            interrupted,
            start_ns: window_ns,
            settled: self.convergence(&reports),
            seen_at_seat: self.seen(&reports),
        };
        Ok((reports, readings))
    }

    /// Whether the servers that the target passes updates on to came to hold them.
    fn convergence(&self, reports: &[WorkerReport]) -> Vec<Convergence> {
        let clients: Vec<_> = reports.iter().flat_map(|report| report.clients.iter().copied()).collect();
        let done_ns = reports.iter().map(|report| report.done_ns).max().unwrap_or_default();
        await_convergence(self.plan, &clients, self.clock, done_ns)
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

    /// Waits until all workers are ready.
    fn open(&self, received: &Receiver<WorkerMessage>, show: &mut dyn FnMut(Progress)) -> anyhow::Result<()> {
        let all = (self.plan.connections + self.plan.idle) as usize;
        let mut opened = 0;
        while opened < self.plan.workers {
            match received.recv_timeout(LOOK) {
                Ok(WorkerMessage::Opened) => opened += 1,
                Ok(WorkerMessage::Failed(why)) => bail!(why),
                Err(RecvTimeoutError::Timeout) => show(Progress::Opening { ready: self.progress.ready(), all }),
                Err(RecvTimeoutError::Disconnected) => bail!("a worker could not start"),
            }
            if self.interrupt.load(Ordering::Relaxed) {
                bail!("interrupted before the load began");
            }
        }
        Ok(())
    }

    /// Reads the counters at the edges of the window, passes an interrupt on, and shows how far the run is. Returns
    /// when all workers have ended, or one of them has failed.
    fn oversee(&self, start_ns: u64, handles: &Handles<'_>, show: &mut dyn FnMut(Progress)) -> (Spent, bool) {
        let window_ns = start_ns + nanos(self.plan.warmup);
        let end_ns = window_ns + nanos(self.plan.duration);
        let server = self.plan.server.map(|server| server.pid);
        let (mut first, mut last) = (None, None);
        let mut is_interrupted = false;
        while self.progress.ended() < handles.len() && !handles.iter().any(ScopedJoinHandle::is_finished) {
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

/// Raises the limit of descriptors, and says how many connections would fit where they do not.
fn make_room(plan: &Plan) -> anyhow::Result<()> {
    let Some(descriptors) = descriptors::raise() else { return Ok(()) };
    let wanted = plan.connections as usize + plan.idle as usize;
    let fit = descriptors.saturating_sub(KEPT_BACK + plan.workers as usize);
    if wanted > fit {
        bail!(
            "{wanted} connections do not fit: this process may open {descriptors} files, so at most {fit} connections \
             would; raise the limit (ulimit -n) or request for fewer"
        );
    }
    Ok(())
}

/// Fails with the first target that refuses, and with a server process that is not there.
fn reach(plan: &Plan) -> anyhow::Result<()> {
    let mut targets: Vec<SocketAddr> = plan.targets.clone();
    targets.sort_unstable();
    targets.dedup();
    for target in targets {
        probe(target, plan.timeout).with_context(|| format!("cannot reach {target}; start the server first"))?;
    }
    match plan.server {
        Some(server) if !is_there(server.pid) => bail!("there is no process {} (--server-pid)", server.pid),
        Some(_) | None => Ok(()),
    }
}

fn probe(target: SocketAddr, timeout: Duration) -> io::Result<()> {
    let socket = TcpStream::connect_timeout(&target, timeout)?;
    if socket.local_addr()? == target {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(())
}
