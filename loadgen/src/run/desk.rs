use std::{
    io::Write,
    net::TcpStream,
    os::fd::OwnedFd,
    time::{Duration, Instant, SystemTime},
};

use rustix::event::epoll;

use super::{
    Plan, Workload,
    connection::Pending,
    dial::Dialler,
    fault::Fault,
    reply::Checker,
    tally::{Counting, Sample, Tally, Window},
    wording::Wording,
    workload::Draws,
};

/// How many bytes are read at once.
const READ: usize = 64 << 10;

/// A duration in nanoseconds; the greatest number stands for what has more than 584 years.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Nanoseconds since the run's epoch, the same for all its workers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    epoch: Instant,
    /// The epoch in nanoseconds since 1970, for the times that clients tell.
    unix_ns: u64,
}

impl Clock {
    pub(super) fn start() -> Self {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { epoch: Instant::now(), unix_ns: nanos(unix) }
    }

    pub(super) fn now_ns(&self) -> u64 {
        nanos(self.epoch.elapsed())
    }

    pub(super) fn unix_ns(&self, at_ns: u64) -> u64 {
        self.unix_ns.saturating_add(at_ns)
    }
}

/// What part of its work a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Connections are opened and clients told.
    Opening,
    /// Load is sent.
    Running,
}

/// What the connections of a worker share.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) plan: &'a Plan,
    pub(super) draws: &'a Draws,
    pub(super) clock: Clock,
    pub(super) epoll: OwnedFd,
    pub(super) dialler: Dialler,
    pub(super) wording: Wording,
    pub(super) checker: Checker,
    pub(super) tally: Tally,
    pub(super) stage: Stage,
    pub(super) window: Window,
    pub(super) timeout_ns: u64,
    /// Dials that are not decided yet.
    pub(super) dialling: u32,
    /// Requests written and not answered.
    pub(super) in_flight: u32,
    /// Arrivals that wait for their connection.
    pub(super) waiting: usize,
    /// Measured requests that have not ended.
    pub(super) unsettled: u64,
    /// The longest wait for a connection of a measured request.
    pub(super) longest_wait_ns: u64,
    pub(super) last_dial_error: Option<String>,
    pub(super) inbox: Vec<u8>,
    pub(super) outbox: Vec<u8>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(plan: &'a Plan, draws: &'a Draws, clock: Clock, worker: u32) -> rustix::io::Result<Self> {
        let wording = Wording::new(&plan.workload);
        let expect = match &plan.workload {
            Workload::Raw(load) => Some(load.expect.clone()),
            Workload::Herd(_) => None,
        };
        Ok(Self {
            plan,
            draws,
            clock,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            dialler: Dialler::new(worker),
            checker: Checker::new(wording.clone(), expect),
            wording,
            tally: Tally::new(),
            stage: Stage::Opening,
            window: Window { start_ns: u64::MAX, end_ns: u64::MAX },
            timeout_ns: nanos(plan.timeout),
            dialling: 0,
            in_flight: 0,
            waiting: 0,
            unsettled: 0,
            longest_wait_ns: 0,
            last_dial_error: None,
            inbox: vec![0; READ],
            outbox: Vec::with_capacity(READ),
        })
    }

    /// Notes a right reply.
    pub(super) fn complete(&mut self, pending: &Pending, connection: u32, done_ns: u64) {
        self.tally.replies += 1;
        self.in_flight -= 1;
        if pending.is_load {
            self.tally.replied(self.window, done_ns);
        }
        if pending.counting == Counting::Aside {
            return;
        }
        self.unsettled -= 1;
        let Pending { intended_ns, seen_ns, written_ns, in_flight, .. } = *pending;
        let sample = Sample { intended_ns, seen_ns, written_ns, done_ns, connection, in_flight };
        self.tally.record(self.window, &sample);
    }

    /// Notes that a request of this intended start failed.
    pub(super) fn fail(&mut self, fault: Fault, counting: Counting, intended_ns: u64, now_ns: u64) {
        if counting == Counting::Aside {
            return;
        }
        self.unsettled -= 1;
        self.tally.fail(self.window, fault, now_ns.saturating_sub(intended_ns), now_ns);
    }

    /// Notes a measured request when it is seen to be due.
    pub(super) fn due(&mut self, intended_ns: u64, seen_ns: u64) {
        self.unsettled += 1;
        self.tally.due(self.window, intended_ns, seen_ns);
    }

    /// Notes a measured request when it is written.
    pub(super) fn written(&mut self, seen_ns: u64, written_ns: u64) {
        let wait_ns = self.tally.written(self.window, seen_ns, written_ns);
        self.longest_wait_ns = self.longest_wait_ns.max(wait_ns);
    }
}

/// Writes what the socket takes; says how many bytes that were.
pub(super) fn write_some(mut socket: &TcpStream, bytes: &[u8]) -> std::io::Result<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match socket.write(&bytes[written..]) {
            Ok(more) => written += more,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}
