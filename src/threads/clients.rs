use std::{
    collections::HashMap,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

use super::{accept::accept_each, client, node::Node, refusals::Refusals, thread_cache::ThreadCache};
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
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Takes clients until the server drains, a thread for each.
pub(super) fn accept(node: &Arc<Node>, listener: &TcpListener, threads: &ThreadCache, refusals: &Refusals) {
    accept_each(node, listener, |stream, addr| welcome(node, Arc::new(stream), addr, threads, refusals));
}

fn welcome(node: &Arc<Node>, stream: Arc<TcpStream>, addr: SocketAddr, threads: &ThreadCache, refusals: &Refusals) {
    let Some(conn) = node.clients.admit(&stream) else {
        return refuse(node, stream, CloseReason::TooManyClients, refusals);
    };
    let serve = {
        let (node, stream) = (Arc::clone(node), Arc::clone(&stream));
        move || client::serve(&node, conn, &stream, addr)
    };
    // The closure is dropped when there is no thread for it, and with it one of the two handles on the connection.
    if let Err(error) = threads.run(serve) {
        tracing::warn!(%error, "cannot start a thread for a client");
        node.clients.leave(conn);
        refuse(node, stream, CloseReason::ServerError, refusals);
    }
}

fn refuse(node: &Node, stream: Arc<TcpStream>, why: CloseReason, refusals: &Refusals) {
    node.metrics.client_refused(why);
    refusals.refuse(stream, b"ERR too many clients\n");
}
