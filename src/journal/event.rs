use std::net::SocketAddr;

use serde::Serialize;

use crate::{config::JournalMode, metrics::Direction};

/// What is journalled besides lines; the module's documentation has the table of all events.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// All listeners are bound.
    Started {
        /// The server's name.
        name: &'a str,
        /// Of this program.
        version: &'a str,
        /// `threads` or `tasks`.
        engine: &'a str,
        /// Where clients connect.
        client_address: SocketAddr,
        /// Where neighbours connect.
        peer_address: SocketAddr,
        /// Where the admin pages are.
        admin_address: SocketAddr,
    },
    /// A client connection was accepted.
    ClientGained {
        /// Numbers the client connections of this process.
        conn: u64,
        /// The client's.
        address: SocketAddr,
    },
    /// A client connection has ended.
    ClientLost {
        /// As in `ClientGained`.
        conn: u64,
        /// The client's.
        address: SocketAddr,
        /// Why, in words.
        reason: &'a str,
    },
    /// HELLO was exchanged.
    LinkGained {
        /// The neighbour's name.
        peer: &'a str,
        /// Who dialled.
        direction: Direction,
        /// The neighbour's.
        address: SocketAddr,
    },
    /// A link has ended.
    LinkLost {
        /// The neighbour's name.
        peer: &'a str,
        /// Who dialled.
        direction: Direction,
        /// The neighbour's.
        address: SocketAddr,
        /// Why, in words.
        reason: &'a str,
    },
    /// A handshake failed, so there never was a link.
    LinkRefused {
        /// Who dialled.
        direction: Direction,
        /// The other end's.
        address: SocketAddr,
        /// Why, in words.
        reason: &'a str,
    },
    /// A neighbour's queue was full, so its link will do another full sync.
    Overflow {
        /// The neighbour's name.
        peer: &'a str,
    },
    /// Events were lost, to a full queue or a failing disk; the writer itself tells.
    Dropped {
        /// Events lost since the last event of this kind.
        count: u64,
        /// Events lost since the start.
        total: u64,
    },
    /// The server was told to end and finishes what it has in hand.
    Draining,
    /// The server has ended in order; the writer itself tells.
    Stopped,
}

impl Event<'_> {
    /// Whether a journal of this mode has the event.
    #[must_use]
    pub fn is_wanted(&self, mode: JournalMode) -> bool {
        match mode {
            JournalMode::Full => true,
            JournalMode::Connections => !matches!(self, Self::Overflow { .. }),
            JournalMode::Off => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_overflow_out() {
        assert!(Event::Overflow { peer: "Hands" }.is_wanted(JournalMode::Full));
        assert!(!Event::Overflow { peer: "Hands" }.is_wanted(JournalMode::Connections));
        assert!(Event::Draining.is_wanted(JournalMode::Connections));
        assert!(!Event::Draining.is_wanted(JournalMode::Off));
    }
}
