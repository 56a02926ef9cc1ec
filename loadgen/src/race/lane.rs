use std::{thread, time::Duration};

use rustix::process::{Pid, Signal, kill_process};

use super::plan::{RacePlan, Racer};
use crate::{
    result::{Held, HeldDuringRun, RaceServer, Slice, Spent},
    run::{
        Clock, CoordinatorReadings, LoadSlice, MachineCounters, Measurement, RUN_UP_NS, Shared, Then, Workers, nanos,
        processor_seconds,
    },
};

/// How often a coordinator looks whether a slice has ended.
const LOOK: Duration = Duration::from_millis(1);
/// How long a server is watched after its slice to see whether it rests.
const REST: Duration = Duration::from_millis(5);
/// How long several servers may go on after their last reply with what they owe each other, at most; then the slice ends.
const MOST_SETTLING: Duration = Duration::from_millis(500);
/// How much of a processor it may use then (METHOD 2.1).
const MOST_AT_REST: f64 = 0.01;

/// One server's part of a race: its connections, and what has been read of it so far.
pub(super) struct Lane<'a, 'scope> {
    racer: &'a Racer,
    shared: Shared<'a>,
    workers: Workers<'scope>,
    opened: Option<Held>,
    /// The counters at the first edge, and the same moved on by what happened within each window.
    counters: Option<(MachineCounters, MachineCounters)>,
    first_window_ns: Option<u64>,
    slices: usize,
    stopped: Stopped,
    /// Whether it once worked by itself while others had their slice: then it is stopped after each of its own.
    is_restless: bool,
}

/// What is read at one moment: an edge of a window, or when nothing is in flight.
struct Edge {
    at_ns: u64,
    replies: u64,
    counters: MachineCounters,
}

impl<'a, 'scope> Lane<'a, 'scope> {
    /// Takes over workers whose connections stand.
    pub(super) fn new(racer: &'a Racer, shared: Shared<'a>, workers: Workers<'scope>) -> Self {
        let opened = racer.plan.server.map(|server| Held::read(server.pid));
        let stopped = Stopped::default();
        Self {
            racer,
            shared,
            workers,
            opened,
            counters: None,
            first_window_ns: None,
            slices: 0,
            stopped,
            is_restless: false,
        }
    }

    /// The server's processor time so far, that of its further processes included, in seconds.
    pub(super) fn cpu_s(&self) -> f64 {
        let plan = &self.racer.plan;
        let pids = plan.server.iter().map(|server| server.pid).chain(plan.herd.others.iter().copied());
        pids.filter_map(processor_seconds).sum()
    }

    /// Takes note of processor time that it used while another one had its slice, and stops it if that is too much: a runtime
    /// that compiles or collects does so long after its last reply.
    pub(super) fn waited(&mut self, used_s: f64, whole_s: f64) {
        if used_s > whole_s * MOST_AT_REST && self.stopped.0.is_empty() {
            self.is_restless = true;
            self.stop();
        }
    }

    /// Whether its load has ended for good: a worker has failed, or more requests waited than may.
    pub(super) fn is_over(&self) -> bool {
        self.workers.has_failed() || self.shared.progress.is_stopped()
    }

    /// Sends load that is not measured.
    pub(super) fn warm_up(&mut self, length: Duration) -> anyhow::Result<()> {
        self.order(length, Duration::ZERO)?;
        self.await_end();
        Ok(())
    }

    /// Drives a slice, and waits until nothing is in flight any more. Then the server either rests, or is stopped until its
    /// next slice: what it does by itself would be measured with the others.
    pub(super) fn drive(&mut self, plan: &RacePlan, server: usize, probe_us: Vec<f64>) -> anyhow::Result<Slice> {
        self.stopped.resume();
        let begun = self.edge();
        let window_ns = self.order(plan.lead, plan.slice)?;
        sleep_until(self.shared.clock, window_ns);
        let from = self.edge();
        sleep_until(self.shared.clock, window_ns + nanos(plan.slice));
        let to = self.edge();
        self.await_end();
        self.settle();
        let ended = self.edge();

        self.first_window_ns.get_or_insert(from.at_ns);
        let (_, sum) = self.counters.get_or_insert_with(|| (from.counters.clone(), from.counters.clone()));
        sum.advance(&from.counters, &to.counters);
        let spent = Spent::between(&begun.counters, &ended.counters);
        Ok(Slice {
            server,
            started_s: seconds(from.at_ns),
            window_s: seconds(to.at_ns - from.at_ns),
            replies: ended.replies - begun.replies,
            server_cpu_s: spent.server.map(|cpu| cpu.total_s),
            others_cpu_s: spent.others.iter().map(|cpu| cpu.map(|cpu| cpu.total_s)).collect(),
            client_cpu_s: spent.client.map(|cpu| cpu.total_s),
            drained_s: seconds(ended.at_ns - to.at_ns),
            waiting_cpu_s: 0.0,
            whole_s: 0.0,
            probe_us,
            stopped_after: self.rest(),
        })
    }

    /// Ends the load; what it all came to.
    pub(super) fn finish(mut self) -> anyhow::Result<RaceServer> {
        self.stopped.resume();
        let held = self.opened.zip(self.racer.plan.server);
        let held = held.map(|(opened, server)| HeldDuringRun { opened, end: Held::read(server.pid) });
        let interrupted = self.shared.progress.is_stopped();
        let reports = self.workers.finish()?;
        let sum_ns = |driven: &[crate::run::DrivenSlice]| driven.iter().map(|slice| slice.window.length_ns()).sum();
        let window_ns: u64 = reports.iter().map(|report| sum_ns(&report.driven)).max().unwrap_or_default();
        let spent = self.counters.map(|(from, to)| Spent::between(&from, &to)).unwrap_or_default();
        let readings = CoordinatorReadings {
            started: self.shared.clock.epoch(),
            window: Duration::from_nanos(window_ns),
            spent,
            held,
            stalls: (None, None),
            interrupted,
            start_ns: self.first_window_ns.unwrap_or_default(),
            settled: Vec::new(),
            seen_at_seat: None,
        };
        let run = Measurement::new(&self.racer.plan, reports, readings).result();
        Ok(RaceServer { name: self.racer.name.clone(), run })
    }

    /// Orders a slice of the workers; says when its window begins, in nanoseconds after the epoch.
    fn order(&mut self, lead: Duration, window: Duration) -> anyhow::Result<u64> {
        let start_ns = self.shared.clock.now_ns() + RUN_UP_NS;
        let (lead_ns, window_ns) = (nanos(lead), nanos(window));
        self.workers.drive(LoadSlice { start_ns, lead_ns, window_ns, then: Then::Pause })?;
        self.slices += 1;
        Ok(start_ns + lead_ns)
    }

    fn await_end(&self) {
        while self.shared.progress.ended() < self.slices * self.workers.count() && !self.workers.has_failed() {
            thread::sleep(LOOK);
        }
    }

    fn edge(&self) -> Edge {
        let plan = &self.racer.plan;
        let counters = MachineCounters::take(plan.server.map(|server| server.pid), &plan.herd.others);
        Edge { at_ns: self.shared.clock.now_ns(), replies: self.shared.progress.replies(), counters }
    }

    /// Where servers tell each other what one of them was told: waits until they rest, so that all of an update's cost is counted.
    fn settle(&self) {
        let deadline_ns = self.shared.clock.now_ns() + nanos(MOST_SETTLING);
        while !self.racer.plan.herd.others.is_empty() && self.shared.clock.now_ns() < deadline_ns && !self.is_at_rest()
        {
        }
    }

    /// Whether the server had to be stopped for others to be measured without it.
    fn rest(&mut self) -> bool {
        if !self.is_restless && self.is_at_rest() {
            return false;
        }
        self.stop()
    }

    /// Watches all of its processes for a moment.
    fn is_at_rest(&self) -> bool {
        let from = self.edge();
        thread::sleep(REST);
        let to = self.edge();
        let spent = Spent::between(&from.counters, &to.counters);
        let used_s: f64 = spent.server.iter().chain(spent.others.iter().flatten()).map(|cpu| cpu.total_s).sum();
        used_s <= seconds(to.at_ns - from.at_ns) * MOST_AT_REST
    }

    fn stop(&mut self) -> bool {
        let plan = &self.racer.plan;
        self.stopped.stop(plan.server.iter().map(|server| server.pid).chain(plan.herd.others.iter().copied()))
    }
}

/// Processes that are stopped while others have their slice; they go on when this is dropped.
#[derive(Default)]
struct Stopped(Vec<Pid>);

impl Stopped {
    /// Stops what can be stopped; says whether anything was.
    fn stop(&mut self, pids: impl Iterator<Item = u32>) -> bool {
        // A server within this process, as in a test, cannot be stopped without its load.
        let others = pids.filter(|pid| *pid != std::process::id());
        for pid in others.filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
            // A process that has ended is found out by its connections.
            if kill_process(pid, Signal::STOP).is_ok() {
                self.0.push(pid);
            }
        }
        !self.0.is_empty()
    }

    fn resume(&mut self) {
        for pid in self.0.drain(..) {
            // As above.
            let _ = kill_process(pid, Signal::CONT);
        }
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.resume();
    }
}

fn sleep_until(clock: Clock, at_ns: u64) {
    thread::sleep(Duration::from_nanos(at_ns.saturating_sub(clock.now_ns())));
}

fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}
