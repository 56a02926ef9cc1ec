//! The simulated clock and network: TCP as the herd knows it, with everything that can happen to it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use fastrand::Rng;
use herd::config::Limits;

use crate::plan::{Action, Death};

/// A connection's number, never used twice.
pub(crate) type WireId = usize;

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Dialer,
    Acceptor,
}

/// What comes to one end of a connection.
#[derive(Clone, Debug)]
pub(crate) enum Arrival {
    /// A neighbour dials.
    Connection,
    Bytes(Vec<u8>),
    /// The other end has closed; everything that it sent came before.
    End,
    /// The connection is found to be broken.
    Reset,
}

/// A server between one start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) server: usize,
    pub(crate) generation: u32,
}

#[derive(Debug)]
pub(crate) enum Event {
    Arrive {
        wire: WireId,
        at: Side,
        what: Arrival,
    },
    /// An outbound link has waited long enough.
    Alarm {
        life: Life,
        link: usize,
    },
    /// An inbound link is looked at: has it been silent for too long?
    Silence {
        life: Life,
        wire: WireId,
    },
    /// A thread that has merged a peer's record goes on: it offers the record, then reads on.
    Resume {
        life: Life,
        wire: WireId,
    },
    /// A thread that has merged a client's record goes on: it offers the record.
    Offer {
        life: Life,
        line: std::sync::Arc<[u8]>,
    },
    Act(Action),
}

/// What is counted over a whole run.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// AT lines given to links.
    pub(crate) records_sent: usize,
    /// Records dropped at a full queue.
    pub(crate) overflows: usize,
    /// Links that were welcomed.
    pub(crate) links: usize,
    /// Older links that a second HELLO ended.
    pub(crate) replaced: usize,
    /// Batches that left a full sync unfinished.
    pub(crate) unfinished_syncs: usize,
}

/// Everything outside the servers.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) rng: Rng,
    pub(crate) limits: Limits,
    pub(crate) counts: Counts,
    latency_max: Duration,
    events: BTreeMap<(Duration, u64), Event>,
    scheduled: u64,
    wires: Vec<Wire>,
    /// Edges that carry nothing, the smaller server first.
    blocked: BTreeSet<(usize, usize)>,
}

/// A TCP connection.
#[derive(Debug)]
struct Wire {
    /// The servers at the dialling and at the accepting end.
    servers: [usize; 2],
    /// What goes to each end.
    pipes: [Pipe; 2],
}

#[derive(Debug, Default)]
struct Pipe {
    /// The end that it leads to is closed.
    closed: bool,
    /// How long anything takes at most.
    latency_max: Duration,
    /// What would arrive later than this is lost.
    cut_at: Option<Duration>,
    /// When the last of what was sent arrives.
    last_arrival: Duration,
    /// Bytes on their way.
    in_flight: VecDeque<usize>,
}

/// A batch of the longest records and its SYNC, one ACK, and a HELLO: one unacknowledged batch at most is on its way.
const MAX_IN_FLIGHT: usize = 1024 * 410 + 1024;
/// Far more than any schedule needs.
const MAX_EVENTS: u64 = 1_000_000;
/// The most that one read may be offered: a buffer that grew without end would offer more.
const MAX_ROOM: usize = 16 * 1024;

impl World {
    pub(crate) fn new(seed: u64, limits: Limits, latency_max: Duration) -> Self {
        Self {
            now: Duration::ZERO,
            rng: Rng::with_seed(seed),
            limits,
            counts: Counts::default(),
            latency_max,
            events: BTreeMap::new(),
            scheduled: 0,
            wires: Vec::new(),
            blocked: BTreeSet::new(),
        }
    }

    pub(crate) fn schedule(&mut self, at: Duration, event: Event) {
        self.scheduled += 1;
        assert!(self.scheduled < MAX_EVENTS, "the herd does not come to rest");
        self.events.insert((at.max(self.now), self.scheduled), event);
    }

    /// The next thing that happens, no later than `until`.
    pub(crate) fn next(&mut self, until: Duration) -> Option<Event> {
        let next = self.events.first_entry().filter(|next| next.key().0 <= until)?;
        self.now = next.key().0;
        Some(next.remove())
    }

    /// Drops what is still planned.
    pub(crate) fn forget_actions(&mut self) {
        self.events.retain(|_, event| !matches!(event, Event::Act(_)));
    }

    /// When a thread goes on that is held up between two acts: mostly soon, sometimes late.
    pub(crate) fn held_up(&mut self) -> Duration {
        let longest_ms = if self.rng.u8(..64) == 0 { 300 } else { 2 };
        self.soon(Duration::from_millis(longest_ms))
    }

    /// A moment up to `span` from now.
    fn soon(&mut self, span: Duration) -> Duration {
        self.now + span.mul_f64(self.rng.f64())
    }

    pub(crate) fn dial(&mut self, from: usize, to: usize) -> WireId {
        let wire = self.wires.len();
        let cut_at = self.blocked.contains(&edge(from, to)).then_some(self.now);
        let pipes = [Side::Dialer, Side::Acceptor].map(|_| {
            let latency_max = self.latency_max.mul_f64([0.02, 0.2, 1.0][self.rng.usize(..3)]);
            Pipe { latency_max, cut_at, ..Pipe::default() }
        });
        self.wires.push(Wire { servers: [from, to], pipes });
        self.carry(wire, Side::Acceptor, Arrival::Connection);
        wire
    }

    /// Sends bytes from one end, cut into chunks anywhere.
    pub(crate) fn send(&mut self, wire: WireId, from: Side, mut bytes: &[u8]) {
        let to = from.other();
        while !bytes.is_empty() {
            let length = match self.rng.u8(..4) {
                0 => self.rng.usize(1..=bytes.len().min(40)),
                1 => self.rng.usize(1..=bytes.len()),
                _ => bytes.len(),
            };
            let (chunk, rest) = bytes.split_at(length);
            self.carry(wire, to, Arrival::Bytes(chunk.to_vec()));
            self.wires[wire].pipe(to).in_flight.push_back(length);
            bytes = rest;
        }
        let in_flight: usize = self.wires[wire].pipe(to).in_flight.iter().sum();
        assert!(in_flight <= MAX_IN_FLIGHT, "{in_flight} bytes are on their way");
    }

    /// Closes one end; the other end learns it after everything that was sent.
    pub(crate) fn close(&mut self, wire: WireId, end: Side) {
        if !self.wires[wire].pipe(end).closed {
            self.carry(wire, end.other(), Arrival::End);
            self.wires[wire].pipe(end).closed = true;
        }
    }

    /// Takes what arrives off the wire; `None` when it is lost.
    pub(crate) fn deliver(&mut self, wire: WireId, at: Side, what: Arrival) -> Option<(usize, Arrival)> {
        let now = self.now;
        let server = self.wires[wire].server(at);
        let pipe = self.wires[wire].pipe(at);
        if let Arrival::Bytes(_) = what {
            pipe.in_flight.pop_front();
        }
        let lost = pipe.cut_at.is_some_and(|cut_at| now > cut_at) && !matches!(what, Arrival::Reset);
        (!lost && !pipe.closed).then_some((server, what))
    }

    /// A dead host refuses what comes.
    pub(crate) fn refuse(&mut self, wire: WireId) {
        self.carry(wire, Side::Dialer, Arrival::Reset);
    }

    /// Breaks the connections between two servers: bytes on their way are lost from some point on, and each end learns
    /// it at its own time or by its own time-outs.
    pub(crate) fn break_edge(&mut self, one: usize, other: usize) {
        for wire in 0..self.wires.len() {
            let Wire { servers: [from, to], pipes } = &self.wires[wire];
            let alive = pipes.iter().any(|pipe| !pipe.closed && pipe.cut_at.is_none());
            if alive && edge(*from, *to) == edge(one, other) && self.rng.u8(..4) != 0 {
                self.cut(wire);
                self.notice(wire, Side::Dialer);
                self.notice(wire, Side::Acceptor);
            }
        }
    }

    /// Breaks an edge and lets nothing through until [`Self::unblock`].
    pub(crate) fn block(&mut self, one: usize, other: usize) {
        self.break_edge(one, other);
        self.blocked.insert(edge(one, other));
    }

    pub(crate) fn unblock(&mut self, one: usize, other: usize) {
        self.blocked.remove(&edge(one, other));
    }

    pub(crate) fn unblock_all(&mut self) {
        self.blocked.clear();
    }

    /// The connections of a server that has died.
    pub(crate) fn end_of_server(&mut self, server: usize, death: Death) {
        for wire in 0..self.wires.len() {
            for side in [Side::Dialer, Side::Acceptor] {
                if self.wires[wire].server(side) != server || self.wires[wire].pipe(side).closed {
                    continue;
                }
                match death {
                    Death::Process => self.close(wire, side),
                    Death::Host => {
                        self.cut(wire);
                        self.wires[wire].pipe(side).closed = true;
                        self.notice(wire, side.other());
                    }
                }
            }
        }
    }

    fn cut(&mut self, wire: WireId) {
        for side in [Side::Dialer, Side::Acceptor] {
            let cut_at = self.soon(self.latency_max);
            let pipe = self.wires[wire].pipe(side);
            pipe.cut_at = Some(pipe.cut_at.map_or(cut_at, |before| before.min(cut_at)));
        }
    }

    /// One end learns of a broken connection soon, later, or never.
    fn notice(&mut self, wire: WireId, at: Side) {
        let within = [Duration::from_millis(10), Duration::from_millis(500), Duration::from_secs(8)];
        let Some(within) = within.get(self.rng.usize(..4)) else { return };
        let moment = self.soon(*within);
        self.schedule(moment, Event::Arrive { wire, at, what: Arrival::Reset });
    }

    /// Brings something to an end after everything that was sent there before.
    fn carry(&mut self, wire: WireId, at: Side, what: Arrival) {
        let arrival = self.soon(self.wires[wire].pipes[at as usize].latency_max);
        let pipe = self.wires[wire].pipe(at);
        pipe.last_arrival = pipe.last_arrival.max(arrival);
        let arrival = pipe.last_arrival;
        self.schedule(arrival, Event::Arrive { wire, at, what });
    }
}

impl Wire {
    fn server(&self, side: Side) -> usize {
        self.servers[side as usize]
    }

    fn pipe(&mut self, to: Side) -> &mut Pipe {
        &mut self.pipes[to as usize]
    }
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Dialer => Self::Acceptor,
            Self::Acceptor => Self::Dialer,
        }
    }
}

fn edge(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}

/// Reads from what has come, as a socket does: as much as there is room for.
pub(crate) fn read(come: &mut &[u8], space: &mut [u8]) -> usize {
    assert!((1..=MAX_ROOM).contains(&space.len()), "room for {} bytes", space.len());
    let (now, later) = come.split_at(come.len().min(space.len()));
    space[..now.len()].copy_from_slice(now);
    *come = later;
    now.len()
}
