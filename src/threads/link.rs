use std::{
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use parking_lot::Mutex;

use super::inbox::Inbox;
use crate::{
    config::{Limits, Peer},
    metrics::PeerMetrics,
    state::Gate,
};

/// A neighbour, and what the two one-way links with it share with the rest of the server.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) peer: Peer,
    pub(super) gate: Gate,
    pub(super) metrics: Arc<PeerMetrics>,
    pub(super) inbox: Inbox,
    inbound: Mutex<InboundSlot>,
    /// The link on which records go out.
    outbound: Mutex<Option<Outbound>>,
    /// Since when records come in, and from where.
    pub(super) in_since: Mutex<Option<(Instant, SocketAddr)>>,
    inbound_count: AtomicU64,
}

/// The inbound link, of which there is one at most.
#[derive(Debug, Default)]
struct InboundSlot {
    current: Option<Inbound>,
    /// Of the links before, those that may not have ended yet.
    leaving: Vec<Receiver<()>>,
    /// The server ends, and takes none any more.
    closed: bool,
}

/// The link on which the neighbour's records come in.
#[derive(Debug)]
struct Inbound {
    number: u64,
    stream: Arc<TcpStream>,
    /// Disconnected when its last record is merged.
    ended: Receiver<()>,
}

/// The link on which this server's records go out.
#[derive(Debug)]
struct Outbound {
    since: Instant,
    stream: Arc<TcpStream>,
}

/// What became of a record that was offered to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Queued,
    /// The queue was full, and now another full sync is due.
    FirstDropped,
    /// The queue was full, and another full sync was due already.
    Dropped,
}

/// Held by an inbound link as long as it lives.
#[derive(Debug)]
pub(super) struct InboundToken {
    number: u64,
    _alive: Sender<()>,
}

impl Link {
    pub(super) fn new(peer: Peer, metrics: Arc<PeerMetrics>, limits: &Limits) -> Self {
        Self {
            peer,
            gate: Gate::default(),
            metrics,
            inbox: Inbox::new(limits.link_queue),
            inbound: Mutex::default(),
            outbound: Mutex::default(),
            in_since: Mutex::default(),
            inbound_count: AtomicU64::new(0),
        }
    }

    /// Queues a record, and never waits: what finds no room is left to another full sync.
    pub(super) fn offer(&self, line: &[u8]) -> Offer {
        if self.inbox.offer(line) {
            return Offer::Queued;
        }
        self.metrics.overflow();
        if self.gate.request_full_sync() { Offer::FirstDropped } else { Offer::Dropped }
    }

    /// Notes that the outbound link is up, or with `None` that it is down.
    pub(super) fn set_outbound(&self, stream: Option<&Arc<TcpStream>>) {
        let since = Instant::now();
        *self.outbound.lock() = stream.map(|stream| Outbound { since, stream: Arc::clone(stream) });
    }

    /// Since when the outbound link is up.
    pub(super) fn outbound_since(&self) -> Option<Instant> {
        self.outbound.lock().as_ref().map(|outbound| outbound.since)
    }

    /// Makes `stream` the inbound link. The older one, which was half open, is shut down and has ended before this
    /// returns; `None` when it has not by then, or the server ends.
    pub(super) fn replace_inbound(&self, stream: &Arc<TcpStream>, until: Instant) -> Option<InboundToken> {
        let (alive, ended) = bounded(0);
        let number = self.inbound_count.fetch_add(1, Ordering::Relaxed);
        let leaving = self.fill_slot(Inbound { number, stream: Arc::clone(stream), ended })?;
        let token = InboundToken { number, _alive: alive };
        for older in leaving {
            if older.recv_deadline(until) == Err(RecvTimeoutError::Timeout) {
                self.clear_slot(&token);
                return None;
            }
        }
        Some(token)
    }

    /// Puts a link into the slot, and gives those before it.
    fn fill_slot(&self, inbound: Inbound) -> Option<Vec<Receiver<()>>> {
        let mut slot = self.inbound.lock();
        if slot.closed {
            return None;
        }
        slot.leaving.retain(|ended| ended.try_recv() == Err(TryRecvError::Empty));
        if let Some(older) = slot.current.replace(inbound) {
            shut_down(&older.stream);
            slot.leaving.push(older.ended);
        }
        Some(slot.leaving.clone())
    }

    /// The inbound link has ended and its last record is merged.
    pub(super) fn end_inbound(&self, token: InboundToken) {
        self.clear_slot(&token);
        drop(token);
        self.gate.request_full_sync();
        self.inbox.wake();
    }

    fn clear_slot(&self, token: &InboundToken) {
        self.inbound.lock().current.take_if(|inbound| inbound.number == token.number);
    }

    /// Shuts both links down, as far as they are up, and takes no other.
    pub(super) fn shut_down(&self) {
        let mut slot = self.inbound.lock();
        slot.closed = true;
        if let Some(inbound) = &slot.current {
            shut_down(&inbound.stream);
        }
        drop(slot);
        if let Some(outbound) = &*self.outbound.lock() {
            shut_down(&outbound.stream);
        }
    }
}

fn shut_down(stream: &TcpStream) {
    // Fails only for a connection that has ended by itself.
    let _ = stream.shutdown(Shutdown::Both);
}
