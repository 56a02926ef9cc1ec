use std::io::{self, Read};

use memchr::memchr_iter;

use super::{
    connection::{Connection, ConnectionState, Role},
    context::{Stage, WorkerContext, write_some},
    pending::{Pending, Waiting},
    reply::{Client, Depth, Framed, Right, frame},
};
use crate::run::{
    measure::{Counting, Fault, SentUpdate, nanos},
    schedule::Request,
};

/// Reads of one connection before the others get their turn: a server that floods must not hold up the rest.
const READS: usize = 16;
/// Replies without a question after which a connection is given up.
const MOST_EXTRA: u32 = 1_000;
/// Each so many-th document is read as JSON; of the others the frame and the status.
const SAMPLED: u64 = 64;

impl Connection {
    /// Sends what may be sent, in one write.
    pub(crate) fn pump(&mut self, context: &mut WorkerContext<'_>) {
        if !matches!(self.state, ConnectionState::Up { .. }) || !self.outbox.is_empty() {
            return;
        }
        let now_ns = context.clock.now_ns();
        let mut out = std::mem::take(&mut context.outbox);
        while self.in_flight.len() < context.plan.depth as usize {
            let Some(next) = self.next(context, now_ns) else { break };
            self.put(context, next, now_ns, &mut out);
        }
        if !out.is_empty() {
            self.send(context, &out, now_ns);
        }
        out.clear();
        context.outbox = out;
    }

    /// Writes a request and notes it as in flight.
    fn put(&mut self, context: &mut WorkerContext<'_>, next: Waiting, now_ns: u64, out: &mut Vec<u8>) {
        let Waiting { request, intended_ns, seen_ns, counting, is_load } = next;
        let (slot, stamp_ns) = match request {
            Request::Iamat { slot, .. } => {
                let client = &mut self.clients[slot as usize];
                // Each IAMAT of a client is newer than the one before.
                client.told_ns = context.clock.unix_ns(now_ns).max(client.told_ns + 1);
                (slot, client.told_ns)
            }
            Request::Whatsat { slot, .. } => (slot, 0),
            Request::Raw { .. } => (0, 0),
        };
        let client = self.client_number(slot, context);
        let start = out.len();
        context.format.write(request, client, stamp_ns, out);
        context.plan.transport.wrap(self.target, start, out);
        if counting == Counting::Measured {
            context.written(seen_ns, now_ns);
            if context.plan.herd.fake_peer.is_some() && matches!(request, Request::Iamat { .. }) {
                context.tally.sent_updates.push(SentUpdate { client, stamp_ns, intended_ns });
            }
        }
        context.in_flight += 1;
        let in_flight = context.in_flight;
        let written_ns = now_ns;
        self.in_flight.push_back(Pending {
            request,
            stamp_ns,
            intended_ns,
            seen_ns,
            written_ns,
            counting,
            is_load,
            in_flight,
        });
    }

    fn send(&mut self, context: &mut WorkerContext<'_>, bytes: &[u8], now_ns: u64) {
        let ConnectionState::Up { socket, .. } = &self.state else { return };
        match write_some(socket, bytes) {
            Ok(written) if written == bytes.len() => {}
            Ok(written) => {
                self.outbox.extend_from_slice(&bytes[written..]);
                if self.update_interest(context).is_err() {
                    self.end(context, Fault::Reset, now_ns);
                }
            }
            // Epoll reports it, and reading finds the end after what the server has still said.
            Err(_) => {}
        }
    }

    /// Goes on writing when there is room.
    pub(crate) fn resume(&mut self, context: &mut WorkerContext<'_>) {
        let ConnectionState::Up { socket, .. } = &self.state else { return };
        let Ok(written) = write_some(socket, &self.outbox) else {
            let now_ns = context.clock.now_ns();
            return self.end(context, Fault::Reset, now_ns);
        };
        self.outbox.drain(..written);
        if self.outbox.is_empty() {
            // Without the change, epoll would report room for ever.
            if self.update_interest(context).is_err() {
                let now_ns = context.clock.now_ns();
                return self.end(context, Fault::Reset, now_ns);
            }
            self.pump(context);
        }
    }

    /// Reads what has come, and sends what may follow.
    pub(crate) fn receive(&mut self, context: &mut WorkerContext<'_>) {
        let mut scratch = std::mem::take(&mut context.inbox);
        for _ in 0..READS {
            let ConnectionState::Up { socket, .. } = &self.state else { break };
            let read = (&mut &*socket).read(&mut scratch);
            let now_ns = context.clock.now_ns();
            match read {
                Ok(0) => {
                    self.end(context, Fault::Closed, now_ns);
                    break;
                }
                Ok(count) => {
                    context.tally.bytes_in += count as u64;
                    self.take_carried(context, &scratch[..count], now_ns);
                    if count < scratch.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.end(context, Fault::Reset, now_ns);
                    break;
                }
            }
        }
        context.inbox = scratch;
        self.pump(context);
    }

    /// Keeps what of the bytes is not a whole reply yet.
    pub(super) fn take_in(&mut self, context: &mut WorkerContext<'_>, bytes: &[u8], now_ns: u64) {
        if self.inbox.is_empty() {
            let used = self.digest(context, bytes, now_ns);
            if matches!(self.state, ConnectionState::Up { .. }) {
                self.inbox.extend_from_slice(&bytes[used..]);
            }
            return;
        }
        let mut whole = std::mem::take(&mut self.inbox);
        whole.extend_from_slice(bytes);
        let used = self.digest(context, &whole, now_ns);
        if matches!(self.state, ConnectionState::Up { .. }) {
            whole.drain(..used);
            self.inbox = whole;
        }
    }

    /// Resolves requests with the replies at the start of these bytes; says how many bytes those have.
    fn digest(&mut self, context: &mut WorkerContext<'_>, bytes: &[u8], now_ns: u64) -> usize {
        let mut used = 0;
        while used < bytes.len() && matches!(self.state, ConnectionState::Up { .. }) {
            let rest = &bytes[used..];
            let Some(pending) = self.in_flight.front().copied() else {
                self.unasked(context, rest, now_ns);
                return bytes.len();
            };
            match frame(pending.request, rest) {
                Framed::Incomplete => break,
                Framed::Reply(length) => {
                    self.resolve(context, pending, &rest[..length], now_ns);
                    used += length;
                }
                Framed::TooLong => {
                    context.tally.keep("no end of the reply", rest);
                    self.end(context, Fault::Wrong, now_ns);
                }
            }
        }
        used
    }

    /// Resolves the oldest request with a whole reply.
    fn resolve(&mut self, context: &mut WorkerContext<'_>, pending: Pending, reply: &[u8], now_ns: u64) {
        let depth = if context.tally.replies.is_multiple_of(SAMPLED) { Depth::Whole } else { Depth::Frame };
        match self.judge(context, &pending, reply, depth) {
            Some(right) => self.accept(context, &pending, right, now_ns),
            None if is_farewell(pending.request, reply) => {
                context.tally.keep("farewell", reply);
                let fault = if self.replies == 0 { Fault::Refused } else { Fault::Closed };
                self.end(context, fault, now_ns);
            }
            None if self.is_repeated(context, reply) => self.count_extra(context, reply, 1, now_ns),
            None => {
                context.tally.keep("wrong reply", reply);
                self.in_flight.pop_front();
                context.in_flight -= 1;
                context.fail(Fault::Wrong, pending.counting, pending.intended_ns, now_ns);
                self.replies += 1;
                self.hang_up_when_served(context, now_ns);
            }
        }
    }

    fn judge(&self, context: &mut WorkerContext<'_>, pending: &Pending, reply: &[u8], depth: Depth) -> Option<Right> {
        let (Request::Iamat { slot, .. } | Request::Whatsat { slot, .. }) = pending.request else {
            return context.checker.judge(pending.request, (0, &Client::default()), 0, reply, depth);
        };
        let client = (self.client_number(slot, context), &self.clients[slot as usize]);
        context.checker.judge(pending.request, client, pending.stamp_ns, reply, depth)
    }

    fn accept(&mut self, context: &mut WorkerContext<'_>, pending: &Pending, right: Right, now_ns: u64) {
        self.in_flight.pop_front();
        if let Request::Iamat { slot, .. } = pending.request {
            self.clients[slot as usize].acknowledge(pending.request, pending.stamp_ns);
            self.last = Some(*pending);
        }
        if let (0, ConnectionState::Up { dialled_ns, .. }) = (self.replies, &self.state) {
            context.tally.times.first_reply.record(now_ns - dialled_ns);
        }
        context.tally.links.without_places += u64::from(right == Right::WithoutPlaces);
        context.complete(pending, self.number, now_ns);
        self.replies += 1;
        self.succeed();
        if let Role::Idle { speaks_ns } = &mut self.role {
            let interval_ns = nanos(context.plan.idle_interval);
            // The first intervals differ, so that idle connections do not speak all at once.
            let early_ns = if self.replies == 1 { interval_ns / 64 * u64::from(self.number % 64) } else { 0 };
            *speaks_ns = now_ns + interval_ns - early_ns;
        }
        self.hang_up_when_served(context, now_ns);
    }

    /// Closes after as many replies as the plan gives a connection.
    fn hang_up_when_served(&mut self, context: &mut WorkerContext<'_>, now_ns: u64) {
        let is_served = context.plan.requests_per_connection.is_some_and(|most| self.requests >= most);
        if is_served && context.stage != Stage::Opening && self.role == Role::Load && self.in_flight.is_empty() {
            self.succeed();
            self.hang_up(context, now_ns);
        }
    }

    /// Whether this is the reply to the IAMAT before, once more.
    fn is_repeated(&self, context: &mut WorkerContext<'_>, reply: &[u8]) -> bool {
        self.last.is_some_and(|last| self.judge(context, &last, reply, Depth::Frame).is_some())
    }

    /// Drops bytes that came while nothing was asked.
    fn unasked(&mut self, context: &mut WorkerContext<'_>, bytes: &[u8], now_ns: u64) {
        if bytes.starts_with(b"ERR ") {
            // The server's own reason to close (PROTOCOL 6.1); the end of input follows.
            return context.tally.keep("farewell", bytes);
        }
        let lines = u32::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX);
        self.count_extra(context, bytes, lines.max(1), now_ns);
    }

    fn count_extra(&mut self, context: &mut WorkerContext<'_>, bytes: &[u8], lines: u32, now_ns: u64) {
        context.tally.links.extra += u64::from(lines);
        context.tally.keep("extra reply", bytes);
        self.extra = self.extra.saturating_add(lines);
        if self.extra > MOST_EXTRA {
            self.end(context, Fault::Closed, now_ns);
        }
    }
}

/// Whether a reply is the server's reason to close.
fn is_farewell(request: Request, reply: &[u8]) -> bool {
    !matches!(request, Request::Raw { .. }) && reply.starts_with(b"ERR ")
}
