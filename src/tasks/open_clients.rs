use std::{
    collections::HashMap,
    net::Shutdown,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use socket2::SockRef;
use tokio::{net::TcpStream, sync::Notify};

use super::drain::Drain;

/// The client connections that are served, by number.
#[derive(Debug)]
pub(super) struct OpenClients {
    open: Mutex<HashMap<u64, Arc<TcpStream>>>,
    max: usize,
    /// Told when a client leaves, or the drain begins.
    room: Notify,
    next: AtomicU64,
}

impl OpenClients {
    pub(super) fn new(max: usize) -> Self {
        Self { open: Mutex::default(), max, room: Notify::new(), next: AtomicU64::new(1) }
    }

    /// Gives a connection its number, unless there are too many.
    pub(super) fn admit(&self, stream: &Arc<TcpStream>) -> Option<u64> {
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
        self.room.notify_waiters();
    }

    pub(super) fn are_full(&self) -> bool {
        self.count() >= self.max
    }

    /// Waits until another client may come, but not beyond the beginning of the drain, which [`Self::wake`] tells of.
    pub(super) async fn await_room(&self, drain: &Drain) {
        loop {
            // What was notified before is missed; whoever listens before looking misses nothing.
            let notified = self.room.notified();
            if !self.are_full() || drain.has_begun() {
                return;
            }
            notified.await;
        }
    }

    /// Wakes whoever waits for room.
    pub(super) fn wake(&self) {
        self.room.notify_waiters();
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
