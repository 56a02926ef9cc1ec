use std::{
    net::{Shutdown, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use parking_lot::Mutex;
use socket2::SockRef;
use tokio::{
    net::TcpStream,
    sync::{
        mpsc::{self, Receiver, Sender, error::TrySendError},
        oneshot,
    },
    time::timeout_at,
};

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
    queue: Sender<Arc<[u8]>>,
    wake: Sender<()>,
    inbound: Mutex<Option<Inbound>>,
    /// The link on which records go out.
    outbound: Mutex<Option<Outbound>>,
    /// Since when records come in, and from where.
    pub(super) in_since: Mutex<Option<(Instant, SocketAddr)>>,
    inbound_count: AtomicU64,
}

/// What wakes an outbound link, and what it is to send.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) queue: Receiver<Arc<[u8]>>,
    pub(super) wake: Receiver<()>,
}

/// The link on which the neighbour's records come in.
#[derive(Debug)]
struct Inbound {
    number: u64,
    stream: Arc<TcpStream>,
    /// Closed when its last record is merged.
    ended: oneshot::Receiver<()>,
}

/// The link on which this server's records go out.
#[derive(Debug)]
struct Outbound {
    since: Instant,
    stream: Arc<TcpStream>,
}

/// Held by an inbound link as long as it lives.
#[derive(Debug)]
pub(super) struct Tenure {
    number: u64,
    _alive: oneshot::Sender<()>,
}

impl Link {
    pub(super) fn new(peer: Peer, metrics: Arc<PeerMetrics>, limits: &Limits) -> (Self, Inbox) {
        let (queue, queued) = mpsc::channel(limits.link_queue);
        let (wake, woken) = mpsc::channel(1);
        let link = Self {
            peer,
            gate: Gate::default(),
            metrics,
            queue,
            wake,
            inbound: Mutex::default(),
            outbound: Mutex::default(),
            in_since: Mutex::default(),
            inbound_count: AtomicU64::new(0),
        };
        (link, Inbox { queue: queued, wake: woken })
    }

    /// Queues a record, and never waits: what finds no room is left to another walk. Says whether it was queued.
    pub(super) fn offer(&self, line: Arc<[u8]>) -> bool {
        match self.queue.try_send(line) {
            // Closed: the outbound link has ended, which it does only with the server.
            Ok(()) | Err(TrySendError::Closed(_)) => true,
            Err(TrySendError::Full(_)) => {
                self.gate.mark_walk();
                self.metrics.overflow();
                false
            }
        }
    }

    /// Gets the outbound link out of its wait or back-off.
    pub(super) fn wake(&self) {
        // Full: it is woken already. Closed: it has ended with the server.
        let (Ok(()) | Err(TrySendError::Full(()) | TrySendError::Closed(()))) = self.wake.try_send(());
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
    /// returns; `None` when it has not by then.
    pub(super) async fn succeed(&self, stream: &Arc<TcpStream>, until: Instant) -> Option<Tenure> {
        let (alive, ended) = oneshot::channel();
        let number = self.inbound_count.fetch_add(1, Ordering::Relaxed);
        let inbound = Inbound { number, stream: Arc::clone(stream), ended };
        let older = self.inbound.lock().replace(inbound);
        let tenure = Tenure { number, _alive: alive };
        if let Some(older) = older {
            shut_down(&older.stream);
            if timeout_at(until.into(), older.ended).await.is_err() {
                self.vacate(&tenure);
                return None;
            }
        }
        Some(tenure)
    }

    /// The inbound link has ended and its last record is merged.
    pub(super) fn resign(&self, tenure: Tenure) {
        self.vacate(&tenure);
        drop(tenure);
        self.gate.mark_walk();
        self.wake();
    }

    fn vacate(&self, tenure: &Tenure) {
        self.inbound.lock().take_if(|inbound| inbound.number == tenure.number);
    }

    /// Shuts both links down, as far as they are up.
    pub(super) fn shut_down(&self) {
        if let Some(inbound) = &*self.inbound.lock() {
            shut_down(&inbound.stream);
        }
        if let Some(outbound) = &*self.outbound.lock() {
            shut_down(&outbound.stream);
        }
    }
}

fn shut_down(stream: &TcpStream) {
    // Fails only for a connection that has ended by itself.
    let _ = SockRef::from(stream).shutdown(Shutdown::Both);
}
