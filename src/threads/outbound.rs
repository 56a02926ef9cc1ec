use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    io, mem,
    net::TcpStream,
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::{inbox::Came, link::Link, node::Node, wire};
use crate::{
    journal::{Event, Lines},
    metrics::Direction,
    protocol::{Backoff, Dialer, LinkEnd, Sent},
    state::FullSync,
};

/// Keeps the link on which records go to the neighbour with this number, until the server drains.
pub(super) fn run(node: &Node, index: usize) {
    let limits = &node.settings.limits;
    let seed = RandomState::new().hash_one(&node.settings.name);
    let mut backoff = Backoff::new(limits.backoff_min, limits.backoff_max, limits.backoff_reset, seed);
    let mut outbound =
        Outbound { node, link: &node.links[index], sync: FullSync::default(), woken: Instant::now(), was_woken: false };
    while !node.drain.has_begun() {
        let dialled = Instant::now();
        let lived = outbound.dial();
        outbound.pause(dialled, backoff.pause(lived));
    }
}

struct Outbound<'a> {
    node: &'a Node,
    link: &'a Link,
    sync: FullSync,
    /// When it last sent for another reason than a record.
    woken: Instant,
    /// A wake made it send the batch that is not acknowledged yet.
    was_woken: bool,
}

/// A link that is up.
struct Conversation {
    stream: Arc<TcpStream>,
    dialer: Dialer,
    /// The batch that is being filled.
    out: Vec<u8>,
    journal: Lines,
}

impl Outbound<'_> {
    /// Dials, talks until the link ends, and says for how long it was up.
    fn dial(&mut self) -> Duration {
        let peer = &self.link.peer;
        let mut conversation = match self.greet() {
            Ok(conversation) => conversation,
            Err(error) => {
                tracing::debug!(peer = peer.name.as_str(), addr = %peer.addr, %error, "no link");
                return Duration::ZERO;
            }
        };
        let (peer, address, direction) = (peer.name.as_str(), peer.addr, Direction::Out);
        let since = Instant::now();
        self.link.metrics.link_gained(direction);
        self.link.set_outbound(Some(&conversation.stream));
        self.node.journal.record(&Event::LinkGained { peer, direction, address });
        tracing::info!(peer, %address, "outbound link gained");

        let ended = self.converse(&mut conversation);
        drop(conversation);
        let reason = ended.map_or_else(|error| error.to_string(), |()| "drained".to_owned());

        self.link.set_outbound(None);
        self.link.metrics.link_lost(direction);
        self.node.journal.record(&Event::LinkLost { peer, direction, address, reason: &reason });
        tracing::info!(peer, reason, "outbound link lost");
        since.elapsed()
    }

    /// Connects and exchanges HELLO.
    fn greet(&self) -> io::Result<Conversation> {
        let (limits, peer) = (&self.node.settings.limits, &self.link.peer);
        let stream = TcpStream::connect_timeout(&peer.addr, limits.dial)?;
        let until = Instant::now() + limits.handshake;
        wire::prepare(&stream, limits.idle, limits.write)?;
        let mut out = Vec::new();
        let mut dialer = Dialer::new(&self.node.settings.name, &peer.name, &mut out);
        wire::write(&stream, &out, limits.write)?;
        out.clear();
        listen(&stream, &mut dialer, Sent::Welcome, until).inspect_err(|error| {
            let reason = &error.to_string();
            tracing::info!(peer = peer.name.as_str(), reason, "the neighbour refused the link");
            self.node.journal.record(&Event::LinkRefused { direction: Direction::Out, address: peer.addr, reason });
        })?;
        let journal = self.node.journal.link_lines(&peer.name, Direction::Out);
        Ok(Conversation { stream: Arc::new(stream), dialer, out, journal })
    }

    /// Sends batch after batch; ends in order only when the server drains.
    fn converse(&mut self, conversation: &mut Conversation) -> io::Result<()> {
        // Left from the link before; the full sync has it.
        self.link.inbox.clear();
        self.sync.start(&self.node.store, &self.link.gate);
        self.was_woken = false;
        let ended = self.send_batches(conversation);
        self.link.gate.close();
        if ended.is_err() && self.was_woken {
            // The wake only showed that this link was dead; the next one is what it asked for.
            self.link.inbox.wake();
        }
        ended
    }

    fn send_batches(&mut self, conversation: &mut Conversation) -> io::Result<()> {
        let limits = &self.node.settings.limits;
        loop {
            self.fill(conversation);
            if conversation.dialer.records() == 0 && !self.node.farewell.has_begun() {
                self.idle(Instant::now() + limits.silence);
                self.fill(conversation);
            }
            if conversation.dialer.records() == 0 && self.node.farewell.has_begun() {
                return Ok(());
            }
            self.link.metrics.batch_sent(conversation.dialer.records());
            conversation.send(limits.write)?;
            let until = Instant::now() + limits.ack;
            listen(&conversation.stream, &mut conversation.dialer, Sent::Acknowledged, until)?;
            self.was_woken = false;
            self.give_way();
        }
    }

    /// Lets whatever is ready to run go first, as long as that makes the next batch bigger.
    ///
    /// A link that finds records when its batch is acknowledged is busy. Its thread sleeps more than it runs, so that the
    /// system lets it in before the threads that merge records: it would send them by threes, and each batch costs both
    /// servers several switches. Where nothing else is ready, and after a wait for a record, nothing is put off.
    fn give_way(&self) {
        let mut queued = 0;
        loop {
            let before = mem::replace(&mut queued, self.link.inbox.len());
            if queued == before || queued >= Dialer::MAX_BATCH {
                return;
            }
            thread::yield_now();
        }
    }

    fn fill(&mut self, conversation: &mut Conversation) {
        let queued = |dialer: &mut Dialer, out: &mut Vec<u8>| self.link.inbox.take(dialer, out);
        let Conversation { dialer, out, .. } = conversation;
        self.sync.fill(&self.node.store, &self.link.gate, queued, dialer, out);
    }

    /// Waits for a record; without one it returns when the neighbour has heard nothing until `due`, or at a wake.
    fn idle(&mut self, mut due: Instant) {
        loop {
            match self.link.inbox.wait(due) {
                Came::Record => return,
                Came::Wake => {
                    self.was_woken = true;
                    due = due.min(self.woken + self.node.settings.limits.wake_interval);
                }
                Came::Nothing => {
                    self.woken = Instant::now();
                    return;
                }
            }
        }
    }

    /// Waits before the next dial, which began last at `dialled`; a wake shortens the wait.
    fn pause(&self, dialled: Instant, pause: Duration) {
        if self.node.drain.has_begun() {
            return;
        }
        if self.link.inbox.wait_for_wake(Instant::now() + pause) {
            let earliest = dialled + self.node.settings.limits.wake_interval;
            self.node.drain.sleep(earliest.saturating_duration_since(Instant::now()));
        }
    }
}

impl Conversation {
    /// Seals and sends the batch.
    fn send(&mut self, patience: Duration) -> io::Result<()> {
        self.dialer.seal(&mut self.out);
        self.journal.sent_lines(SystemTime::now(), &self.out);
        self.journal.flush();
        wire::write(&self.stream, &self.out, patience)?;
        self.out.clear();
        Ok(())
    }
}

/// Reads until the acceptor has said what is awaited.
fn listen(stream: &TcpStream, dialer: &mut Dialer, awaited: Sent, until: Instant) -> io::Result<()> {
    loop {
        let sent = dialer.step().map_err(io::Error::other)?;
        if sent == awaited {
            return Ok(());
        }
        if sent == Sent::Read {
            match wire::read_until(stream, dialer.space(), until)? {
                0 => return Err(io::Error::other(LinkEnd::EndOfInput)),
                count => dialer.received(count),
            }
        }
    }
}
