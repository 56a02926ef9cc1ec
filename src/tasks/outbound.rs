use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    io,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use tokio::{net::TcpStream, time::timeout};

use super::{inbox::Came, link::Link, node::Node, wire};
use crate::{
    journal::{Event, Lines},
    metrics::Direction,
    protocol::{Backoff, Dialer, LinkEnd, Sent},
    state::FullSync,
};

/// Keeps the link on which records go to the neighbour with this number, until the server drains.
pub(super) async fn run(node: &Node, index: usize) {
    let limits = &node.settings.limits;
    let seed = RandomState::new().hash_one(&node.settings.name);
    let mut backoff = Backoff::new(limits.backoff_min, limits.backoff_max, limits.backoff_reset, seed);
    let mut outbound =
        Outbound { node, link: &node.links[index], sync: FullSync::default(), woken: Instant::now(), was_woken: false };
    while !node.drain.has_begun() {
        let dialled = Instant::now();
        let lived = outbound.dial().await;
        outbound.pause(dialled, backoff.pause(lived)).await;
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
    async fn dial(&mut self) -> Duration {
        let peer = &self.link.peer;
        let mut conversation = match self.greet().await {
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

        let ended = self.converse(&mut conversation).await;
        drop(conversation);
        let reason = ended.map_or_else(|error| error.to_string(), |()| "drained".to_owned());

        self.link.set_outbound(None);
        self.link.metrics.link_lost(direction);
        self.node.journal.record(&Event::LinkLost { peer, direction, address, reason: &reason });
        tracing::info!(peer, reason, "outbound link lost");
        since.elapsed()
    }

    /// Connects and exchanges HELLO.
    async fn greet(&self) -> io::Result<Conversation> {
        let (limits, peer) = (&self.node.settings.limits, &self.link.peer);
        let stream = timeout(limits.dial, TcpStream::connect(peer.addr)).await??;
        let until = Instant::now() + limits.handshake;
        wire::prepare(&stream, limits.idle)?;
        let mut out = Vec::new();
        let mut dialer = Dialer::new(&self.node.settings.name, &peer.name, &mut out);
        wire::write(&stream, &out, limits.write).await?;
        out.clear();
        listen(&stream, &mut dialer, Sent::Welcome, until).await.inspect_err(|error| {
            let reason = &error.to_string();
            tracing::info!(peer = peer.name.as_str(), reason, "the neighbour refused the link");
            self.node.journal.record(&Event::LinkRefused { direction: Direction::Out, address: peer.addr, reason });
        })?;
        let journal = self.node.journal.link_lines(&peer.name, Direction::Out);
        Ok(Conversation { stream: Arc::new(stream), dialer, out, journal })
    }

    /// Sends batch after batch; ends in order only when the server drains.
    async fn converse(&mut self, conversation: &mut Conversation) -> io::Result<()> {
        // Left from the link before; the full sync has it.
        self.link.inbox.clear();
        self.sync.start(&self.node.store, &self.link.gate);
        self.was_woken = false;
        let ended = self.send_batches(conversation).await;
        self.link.gate.close();
        if ended.is_err() && self.was_woken {
            // The wake only showed that this link was dead; the next one is what it asked for.
            self.link.inbox.wake();
        }
        ended
    }

    async fn send_batches(&mut self, conversation: &mut Conversation) -> io::Result<()> {
        let limits = &self.node.settings.limits;
        loop {
            self.fill(conversation);
            if conversation.dialer.records() == 0 && !self.node.farewell.has_begun() {
                self.idle(Instant::now() + limits.silence).await;
                self.fill(conversation);
            }
            if conversation.dialer.records() == 0 && self.node.farewell.has_begun() {
                return Ok(());
            }
            self.link.metrics.batch_sent(conversation.dialer.records());
            conversation.send(limits.write).await?;
            let until = Instant::now() + limits.ack;
            listen(&conversation.stream, &mut conversation.dialer, Sent::Acknowledged, until).await?;
            self.was_woken = false;
        }
    }

    fn fill(&mut self, conversation: &mut Conversation) {
        let queued = |dialer: &mut Dialer, out: &mut Vec<u8>| self.link.inbox.take(dialer, out);
        let Conversation { dialer, out, .. } = conversation;
        self.sync.fill(&self.node.store, &self.link.gate, queued, dialer, out);
    }

    /// Waits for a record; without one it returns when the neighbour has heard nothing until `due`, or at a wake.
    async fn idle(&mut self, mut due: Instant) {
        loop {
            match self.link.inbox.wait(due).await {
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
    async fn pause(&self, dialled: Instant, pause: Duration) {
        if self.node.drain.has_begun() {
            return;
        }
        if self.link.inbox.wait_for_wake(Instant::now() + pause).await {
            let earliest = dialled + self.node.settings.limits.wake_interval;
            self.node.drain.sleep(earliest.saturating_duration_since(Instant::now())).await;
        }
    }
}

impl Conversation {
    /// Seals and sends the batch.
    async fn send(&mut self, patience: Duration) -> io::Result<()> {
        self.dialer.seal(&mut self.out);
        self.journal.sent_lines(SystemTime::now(), &self.out);
        self.journal.flush();
        wire::write(&self.stream, &self.out, patience).await?;
        self.out.clear();
        Ok(())
    }
}

/// Reads until the acceptor has said what is awaited.
async fn listen(stream: &TcpStream, dialer: &mut Dialer, awaited: Sent, until: Instant) -> io::Result<()> {
    loop {
        let sent = dialer.step().map_err(io::Error::other)?;
        if sent == awaited {
            return Ok(());
        }
        if sent == Sent::Read {
            match wire::read_until(stream, dialer.space(), until).await? {
                0 => return Err(io::Error::other(LinkEnd::EndOfInput)),
                count => dialer.received(count),
            }
        }
    }
}
