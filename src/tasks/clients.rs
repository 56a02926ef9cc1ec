use std::{
    collections::HashMap,
    net::{Shutdown, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};

use super::{accept::accept_each, client, node::Node, refusals::Refusals, tracker::Tracker};
use crate::metrics::CloseReason;

/// The client connections that are served, by number.
#[derive(Debug)]
pub(super) struct Clients {
    open: Mutex<HashMap<u64, Arc<TcpStream>>>,
    max: usize,
    next: AtomicU64,
}

impl Clients {
    pub(super) fn new(max: usize) -> Self {
        Self { open: Mutex::default(), max, next: AtomicU64::new(1) }
    }

    /// Gives a connection its number, unless there are too many.
    fn admit(&self, stream: &Arc<TcpStream>) -> Option<u64> {
        let mut open = self.open.lock();
        if open.len() >= self.max {
            return None;
        }
        let conn = self.next.fetch_add(1, Ordering::Relaxed);
        open.insert(conn, Arc::clone(stream));
        Some(conn)
    }

    pub(super) fn leave(&self, conn: u64) {
        self.open.lock().remove(&conn);
    }

    pub(super) fn count(&self) -> usize {
        self.open.lock().len()
    }

    /// Ends every connection at once.
    pub(super) fn shut_down(&self) {
        for stream in self.open.lock().values() {
            // Fails only for a connection that has ended by itself.
            let _ = SockRef::from(&**stream).shutdown(Shutdown::Both);
        }
    }
}

/// Takes clients until the server drains, a task for each.
pub(super) async fn accept(node: &Arc<Node>, listener: &TcpListener, tracker: &Tracker, refusals: &Refusals) {
    accept_each(node, listener, |stream, addr| welcome(node, Arc::new(stream), addr, tracker, refusals)).await;
}

fn welcome(node: &Arc<Node>, stream: Arc<TcpStream>, addr: SocketAddr, tracker: &Tracker, refusals: &Refusals) {
    let Some(conn) = node.clients.admit(&stream) else {
        return refuse(node, stream, CloseReason::TooManyClients, refusals);
    };
    tracker.spawn(client::serve(Arc::clone(node), conn, stream, addr));
}

fn refuse(node: &Node, stream: Arc<TcpStream>, why: CloseReason, refusals: &Refusals) {
    node.metrics.client_refused(why);
    refusals.refuse(stream, b"ERR too many clients\n");
}
