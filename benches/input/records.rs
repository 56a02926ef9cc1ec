use std::ops::Range;

use herd::{
    protocol::{At, Time},
    state::{Admission, Store},
};

/// AT lines of many clients, in one piece, so that reading them costs a cache as little as it can.
pub(crate) struct Records {
    lines: Vec<u8>,
    line_len: usize,
    client_at: usize,
    client_len: usize,
}

impl Records {
    /// One line of each client, numbered from 0. All have the same length.
    pub(crate) fn of(clients: usize) -> Self {
        let (head, tail) = ("AT Goloman +0.263873386 ", ".cs.ucla.edu +34.068930-118.445127 1520023934.918963997");
        let lines: Vec<_> = (0..clients).flat_map(|client| format!("{head}c{client:07}{tail}").into_bytes()).collect();
        let client_len = "c0000000.cs.ucla.edu".len();
        Self { line_len: lines.len() / clients, lines, client_at: head.len(), client_len }
    }

    pub(crate) fn clients(&self) -> usize {
        self.lines.len() / self.line_len
    }

    /// A client's record as of these seconds; the line says the same at all times, which the store does not look at.
    pub(crate) fn at(&self, client: usize, seconds: u64) -> At<'_> {
        let line = &self.lines[client * self.line_len..][..self.line_len];
        let time = Time { seconds, nanos: 0 };
        At { line, client_at: self.client_at, client: &line[self.client_at..][..self.client_len], time }
    }

    /// Tells a store of every client, as of these seconds.
    pub(crate) fn merge_into(&self, store: &Store, seconds: u64) {
        for client in 0..self.clients() {
            store.merge(&self.at(client, seconds), Admission::Any);
        }
    }
}

/// Goes round and round through some clients; each round is a second later, so that all it tells is news.
pub(crate) struct Rounds {
    clients: Range<usize>,
    next: usize,
    seconds: u64,
}

impl Rounds {
    /// Begins a second after `seconds`.
    pub(crate) fn over(clients: Range<usize>, seconds: u64) -> Self {
        Self { next: clients.start, clients, seconds: seconds + 1 }
    }

    /// The next client, and the seconds that its record is from.
    pub(crate) fn turn(&mut self) -> (usize, u64) {
        let turn = (self.next, self.seconds);
        self.next += 1;
        if self.next == self.clients.end {
            (self.next, self.seconds) = (self.clients.start, self.seconds + 1);
        }
        turn
    }
}
