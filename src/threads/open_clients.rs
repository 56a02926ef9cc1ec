use std::{
    collections::HashMap,
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

/// The client connections that are served, by number.
#[derive(Debug)]
pub(super) struct OpenClients {
    open: Mutex<HashMap<u64, Arc<TcpStream>>>,
    max: usize,
    next: AtomicU64,
}

impl OpenClients {
    pub(super) fn new(max: usize) -> Self {
        Self { open: Mutex::default(), max, next: AtomicU64::new(1) }
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
