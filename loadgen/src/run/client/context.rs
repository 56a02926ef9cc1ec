use std::{io::Write, net::TcpStream, os::fd::OwnedFd};

use rustix::event::epoll;

use super::{dial::Dialler, pending::Pending, reply::Checker};
use crate::run::{
    Plan, Workload,
    measure::{Clock, Counting, Fault, Sample, Tally, Window, nanos},
    schedule::{Draws, RequestFormat},
};

/// How many bytes are read at once.
const READ: usize = 64 << 10;

/// What part of its work a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Connections are opened and clients told.
    Opening,
    /// Load is sent.
    Running,
    /// Nothing is sent until the next slice.
    Paused,
}

/// What the connections of a worker share.
#[derive(Debug)]
pub(crate) struct WorkerContext<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) draws: &'a Draws,
    pub(crate) clock: Clock,
    pub(crate) epoll: OwnedFd,
    pub(crate) dialler: Dialler,
    pub(crate) format: RequestFormat,
    pub(crate) checker: Checker,
    pub(crate) tally: Tally,
    pub(crate) stage: Stage,
    pub(crate) window: Window,
    pub(crate) timeout_ns: u64,
    /// Dials that are not decided yet.
    pub(crate) dialling: u32,
    /// Requests written and not answered.
    pub(crate) in_flight: u32,
    /// Arrivals that wait for their connection.
    pub(crate) waiting: usize,
    /// Measured requests that have not ended.
    pub(crate) unfinished: u64,
    /// The longest wait for a connection of a measured request.
    pub(crate) longest_wait_ns: u64,
    pub(crate) last_dial_error: Option<String>,
    pub(crate) inbox: Vec<u8>,
    pub(crate) outbox: Vec<u8>,
}

impl<'a> WorkerContext<'a> {
    pub(crate) fn new(plan: &'a Plan, draws: &'a Draws, clock: Clock, worker: u32) -> rustix::io::Result<Self> {
        let format = RequestFormat::new(&plan.workload);
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
            checker: Checker::new(format.clone(), expect),
            format,
            tally: Tally::new(),
            stage: Stage::Opening,
            window: Window { start_ns: u64::MAX, end_ns: u64::MAX, earlier_ns: 0 },
            timeout_ns: nanos(plan.timeout),
            dialling: 0,
            in_flight: 0,
            waiting: 0,
            unfinished: 0,
            longest_wait_ns: 0,
            last_dial_error: None,
            inbox: vec![0; READ],
            outbox: Vec::with_capacity(READ),
        })
    }

    /// Notes a right reply.
    pub(crate) fn complete(&mut self, pending: &Pending, connection: u32, done_ns: u64) {
        self.tally.replies += 1;
        self.in_flight -= 1;
        if pending.is_load {
            self.tally.replied(self.window, done_ns);
        }
        if pending.counting == Counting::Unmeasured {
            return;
        }
        self.unfinished -= 1;
        let Pending { intended_ns, seen_ns, written_ns, in_flight, .. } = *pending;
        let sample = Sample { intended_ns, seen_ns, written_ns, done_ns, connection, in_flight };
        self.tally.record(self.window, &sample);
    }

    /// Notes that a request of this intended start failed.
    pub(crate) fn fail(&mut self, fault: Fault, counting: Counting, intended_ns: u64, now_ns: u64) {
        if counting == Counting::Unmeasured {
            return;
        }
        self.unfinished -= 1;
        self.tally.fail(self.window, fault, now_ns.saturating_sub(intended_ns), now_ns);
    }

    /// Notes a measured request when it is seen to be due.
    pub(crate) fn due(&mut self, intended_ns: u64, seen_ns: u64) {
        self.unfinished += 1;
        self.tally.due(self.window, intended_ns, seen_ns);
    }

    /// Notes a measured request when it is written.
    pub(crate) fn written(&mut self, seen_ns: u64, written_ns: u64) {
        let wait_ns = self.tally.written(self.window, seen_ns, written_ns);
        self.longest_wait_ns = self.longest_wait_ns.max(wait_ns);
    }
}

/// Writes what the socket takes; says how many bytes that were.
pub(crate) fn write_some(mut socket: &TcpStream, bytes: &[u8]) -> std::io::Result<usize> {
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
