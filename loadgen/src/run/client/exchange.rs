use std::io::{self, Read};

use memchr::memchr_iter;

use super::{
    connection::{Connection, Link, Role},
    context::{Desk, Stage, write_some},
    pending::{Pending, Waiting},
    reply::{Client, Depth, Framed, Right, frame},
};
use crate::run::{
    measure::{Counting, Fault, Told, nanos},
    schedule::Ask,
};

/// Reads of one connection before the others get their turn: a server that floods must not hold up the rest.
const READS: usize = 16;
/// Replies without a question after which a connection is given up.
const MOST_EXTRA: u32 = 1_000;
/// Each so many-th document is read as JSON; of the others the frame and the status.
const SAMPLED: u64 = 64;

impl Connection {
    /// Sends what may be sent, in one write.
    pub(crate) fn pump(&mut self, desk: &mut Desk<'_>) {
        if !matches!(self.link, Link::Up { .. }) || !self.outbox.is_empty() {
            return;
        }
        let now_ns = desk.clock.now_ns();
        let mut out = std::mem::take(&mut desk.outbox);
        while self.in_flight.len() < desk.plan.depth as usize {
            let Some(next) = self.next(desk, now_ns) else { break };
            self.put(desk, next, now_ns, &mut out);
        }
        if !out.is_empty() {
            self.send(desk, &out, now_ns);
        }
        out.clear();
        desk.outbox = out;
    }

    /// Words a request and notes it as in flight.
    fn put(&mut self, desk: &mut Desk<'_>, next: Waiting, now_ns: u64, out: &mut Vec<u8>) {
        let Waiting { ask, intended_ns, seen_ns, counting, is_load } = next;
        let (slot, stamp_ns) = match ask {
            Ask::Iamat { slot, .. } => {
                let client = &mut self.clients[slot as usize];
                // Each IAMAT of a client is newer than the one before.
                client.told_ns = desk.clock.unix_ns(now_ns).max(client.told_ns + 1);
                (slot, client.told_ns)
            }
            Ask::Whatsat { slot, .. } => (slot, 0),
            Ask::Raw { .. } => (0, 0),
        };
        let client = self.client_number(slot, desk);
        desk.wording.write(ask, client, stamp_ns, out);
        if counting == Counting::Measured {
            desk.written(seen_ns, now_ns);
            if desk.plan.herd.fake_peer.is_some() && matches!(ask, Ask::Iamat { .. }) {
                desk.tally.told.push(Told { client, stamp_ns, intended_ns });
            }
        }
        desk.in_flight += 1;
        let in_flight = desk.in_flight;
        let written_ns = now_ns;
        self.in_flight.push_back(Pending {
            ask,
            stamp_ns,
            intended_ns,
            seen_ns,
            written_ns,
            counting,
            is_load,
            in_flight,
        });
    }

    fn send(&mut self, desk: &mut Desk<'_>, bytes: &[u8], now_ns: u64) {
        let Link::Up { socket, .. } = &self.link else { return };
        match write_some(socket, bytes) {
            Ok(written) if written == bytes.len() => {}
            Ok(written) => {
                self.outbox.extend_from_slice(&bytes[written..]);
                if self.watch(desk).is_err() {
                    self.end(desk, Fault::Reset, now_ns);
                }
            }
            // Epoll reports it, and reading finds the end after what the server has still said.
            Err(_) => {}
        }
    }

    /// Goes on writing when there is room.
    pub(crate) fn resume(&mut self, desk: &mut Desk<'_>) {
        let Link::Up { socket, .. } = &self.link else { return };
        let Ok(written) = write_some(socket, &self.outbox) else {
            let now_ns = desk.clock.now_ns();
            return self.end(desk, Fault::Reset, now_ns);
        };
        self.outbox.drain(..written);
        if self.outbox.is_empty() {
            // Without the change, epoll would report room for ever.
            if self.watch(desk).is_err() {
                let now_ns = desk.clock.now_ns();
                return self.end(desk, Fault::Reset, now_ns);
            }
            self.pump(desk);
        }
    }

    /// Reads what has come, and sends what may follow.
    pub(crate) fn receive(&mut self, desk: &mut Desk<'_>) {
        let mut scratch = std::mem::take(&mut desk.inbox);
        for _ in 0..READS {
            let Link::Up { socket, .. } = &self.link else { break };
            let read = (&mut &*socket).read(&mut scratch);
            let now_ns = desk.clock.now_ns();
            match read {
                Ok(0) => {
                    self.end(desk, Fault::Closed, now_ns);
                    break;
                }
                Ok(count) => {
                    desk.tally.bytes_in += count as u64;
                    self.take_in(desk, &scratch[..count], now_ns);
                    if count < scratch.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.end(desk, Fault::Reset, now_ns);
                    break;
                }
            }
        }
        desk.inbox = scratch;
        self.pump(desk);
    }

    /// Keeps what of the bytes is not a whole reply yet.
    fn take_in(&mut self, desk: &mut Desk<'_>, bytes: &[u8], now_ns: u64) {
        if self.inbox.is_empty() {
            let used = self.digest(desk, bytes, now_ns);
            if matches!(self.link, Link::Up { .. }) {
                self.inbox.extend_from_slice(&bytes[used..]);
            }
            return;
        }
        let mut whole = std::mem::take(&mut self.inbox);
        whole.extend_from_slice(bytes);
        let used = self.digest(desk, &whole, now_ns);
        if matches!(self.link, Link::Up { .. }) {
            whole.drain(..used);
            self.inbox = whole;
        }
    }

    /// Resolves requests with the replies at the start of these bytes; says how many bytes those have.
    fn digest(&mut self, desk: &mut Desk<'_>, bytes: &[u8], now_ns: u64) -> usize {
        let mut used = 0;
        while used < bytes.len() && matches!(self.link, Link::Up { .. }) {
            let rest = &bytes[used..];
            let Some(pending) = self.in_flight.front().copied() else {
                self.unasked(desk, rest, now_ns);
                return bytes.len();
            };
            match frame(pending.ask, rest) {
                Framed::Incomplete => break,
                Framed::Reply(length) => {
                    self.resolve(desk, pending, &rest[..length], now_ns);
                    used += length;
                }
                Framed::TooLong => {
                    desk.tally.keep("no end of the reply", rest);
                    self.end(desk, Fault::Wrong, now_ns);
                }
            }
        }
        used
    }

    /// Resolves the oldest request with a whole reply.
    fn resolve(&mut self, desk: &mut Desk<'_>, pending: Pending, reply: &[u8], now_ns: u64) {
        let depth = if desk.tally.replies.is_multiple_of(SAMPLED) { Depth::Whole } else { Depth::Frame };
        match self.judge(desk, &pending, reply, depth) {
            Some(right) => self.accept(desk, &pending, right, now_ns),
            None if is_farewell(pending.ask, reply) => {
                desk.tally.keep("farewell", reply);
                let fault = if self.replies == 0 { Fault::Refused } else { Fault::Closed };
                self.end(desk, fault, now_ns);
            }
            None if self.is_repeated(desk, reply) => self.count_extra(desk, reply, 1, now_ns),
            None => {
                desk.tally.keep("wrong reply", reply);
                self.in_flight.pop_front();
                desk.in_flight -= 1;
                desk.fail(Fault::Wrong, pending.counting, pending.intended_ns, now_ns);
                self.replies += 1;
                self.hang_up_when_served(desk, now_ns);
            }
        }
    }

    fn judge(&self, desk: &mut Desk<'_>, pending: &Pending, reply: &[u8], depth: Depth) -> Option<Right> {
        let (Ask::Iamat { slot, .. } | Ask::Whatsat { slot, .. }) = pending.ask else {
            return desk.checker.judge(pending.ask, (0, &Client::default()), 0, reply, depth);
        };
        let client = (self.client_number(slot, desk), &self.clients[slot as usize]);
        desk.checker.judge(pending.ask, client, pending.stamp_ns, reply, depth)
    }

    fn accept(&mut self, desk: &mut Desk<'_>, pending: &Pending, right: Right, now_ns: u64) {
        self.in_flight.pop_front();
        if let Ask::Iamat { slot, .. } = pending.ask {
            self.clients[slot as usize].acknowledge(pending.ask, pending.stamp_ns);
            self.last = Some(*pending);
        }
        if let (0, Link::Up { dialled_ns, .. }) = (self.replies, &self.link) {
            desk.tally.times.first_reply.record(now_ns - dialled_ns);
        }
        desk.tally.links.without_places += u64::from(right == Right::WithoutPlaces);
        desk.complete(pending, self.number, now_ns);
        self.replies += 1;
        self.succeed();
        if let Role::Idle { speaks_ns } = &mut self.role {
            let interval_ns = nanos(desk.plan.idle_interval);
            // The first intervals differ, so that idle connections do not speak all at once.
            let early_ns = if self.replies == 1 { interval_ns / 64 * u64::from(self.number % 64) } else { 0 };
            *speaks_ns = now_ns + interval_ns - early_ns;
        }
        self.hang_up_when_served(desk, now_ns);
    }

    /// Closes after as many replies as the plan gives a connection.
    fn hang_up_when_served(&mut self, desk: &mut Desk<'_>, now_ns: u64) {
        let is_served = desk.plan.requests_per_connection.is_some_and(|most| self.requests >= most);
        if is_served && desk.stage == Stage::Running && self.role == Role::Load && self.in_flight.is_empty() {
            self.succeed();
            self.hang_up(desk, now_ns);
        }
    }

    /// Whether this is the reply to the IAMAT before, once more.
    fn is_repeated(&self, desk: &mut Desk<'_>, reply: &[u8]) -> bool {
        self.last.is_some_and(|last| self.judge(desk, &last, reply, Depth::Frame).is_some())
    }

    /// Drops bytes that came while nothing was asked.
    fn unasked(&mut self, desk: &mut Desk<'_>, bytes: &[u8], now_ns: u64) {
        if bytes.starts_with(b"ERR ") {
            // The server's own reason to close (PROTOCOL 6.1); the end of input follows.
            return desk.tally.keep("farewell", bytes);
        }
        let lines = u32::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX);
        self.count_extra(desk, bytes, lines.max(1), now_ns);
    }

    fn count_extra(&mut self, desk: &mut Desk<'_>, bytes: &[u8], lines: u32, now_ns: u64) {
        desk.tally.links.extra += u64::from(lines);
        desk.tally.keep("extra reply", bytes);
        self.extra = self.extra.saturating_add(lines);
        if self.extra > MOST_EXTRA {
            self.end(desk, Fault::Closed, now_ns);
        }
    }
}

/// Whether a reply is the server's reason to close.
fn is_farewell(ask: Ask, reply: &[u8]) -> bool {
    !matches!(ask, Ask::Raw { .. }) && reply.starts_with(b"ERR ")
}
