//! The accepting end of a link, as an engine runs it: one thread or task for each connection.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use herd::{
    protocol::{Acceptor, LinkEnd, Name, Received},
    state::{Admission, Merged, Store},
};

use crate::world::{Arrival, Side, WireId, World, read};

/// What a neighbour has to say.
#[derive(Debug)]
pub(crate) struct Inbound {
    wire: WireId,
    acceptor: Acceptor,
    /// Which of the server's neighbours it is, once it has said HELLO.
    pub(crate) from: Option<usize>,
    /// What has come and is not read yet.
    unread: VecDeque<Vec<u8>>,
    /// After what is unread nothing will come.
    ended: bool,
    /// News that is merged and still to be offered to the other neighbours.
    pub(crate) news: Option<Arc<[u8]>>,
    last_received: Duration,
}

/// Why reading stopped.
pub(crate) enum Pause {
    /// Nothing more has come.
    Wait,
    /// A neighbour wants to be welcomed.
    Hello(Name),
    /// A record changed the store.
    News,
    /// The link is over.
    End,
}

impl Inbound {
    pub(crate) fn new(wire: WireId, own: Name, world: &World) -> Self {
        Self {
            wire,
            acceptor: Acceptor::new(own),
            from: None,
            unread: VecDeque::new(),
            ended: false,
            news: None,
            last_received: world.now,
        }
    }

    pub(crate) fn arrive(&mut self, what: Arrival, world: &World) {
        self.last_received = world.now;
        match what {
            Arrival::Bytes(bytes) => self.unread.push_back(bytes),
            Arrival::End => self.ended = true,
            // A reset destroys what is not read.
            Arrival::Reset | Arrival::Connection => {
                self.unread.clear();
                self.ended = true;
            }
        }
    }

    /// When the link ends if nothing comes until then.
    pub(crate) fn deadline(&self, world: &World) -> Duration {
        let patience = if self.from.is_some() { world.limits.link_idle } else { world.limits.handshake };
        self.last_received + patience
    }

    /// Reads, merges and acknowledges until something happens that concerns the other links.
    pub(crate) fn read_on(&mut self, store: &Store, world: &mut World) -> Pause {
        loop {
            match self.take_lines(store, world) {
                Ok(Some(pause)) => return pause,
                Ok(None) if self.read_some() => {}
                Ok(None) if self.ended => return Pause::End,
                Ok(None) => return Pause::Wait,
                Err(_) => return Pause::End,
            }
        }
    }

    pub(crate) fn welcome(&mut self, from: usize, world: &mut World) {
        self.from = Some(from);
        let mut out = Vec::new();
        self.acceptor.welcome(&mut out);
        world.send(self.wire, Side::Acceptor, &out);
    }

    /// Takes all lines that have been read, up to one that is news: that must be offered first.
    fn take_lines(&mut self, store: &Store, world: &mut World) -> Result<Option<Pause>, LinkEnd> {
        let mut out = Vec::new();
        loop {
            match self.acceptor.step(&mut out)? {
                Received::Hello(name) => return Ok(Some(Pause::Hello(name))),
                Received::Record(at) => {
                    if store.merge(&at, Admission::Any) == Merged::News {
                        self.news = Some(at.line.into());
                        return Ok(Some(Pause::News));
                    }
                }
                Received::Sync => world.send(self.wire, Side::Acceptor, &std::mem::take(&mut out)),
                Received::Bad(line) => panic!("no server says {}", line.escape_ascii()),
                Received::Read => return Ok(None),
            }
        }
    }

    fn read_some(&mut self) -> bool {
        let Some(bytes) = self.unread.front_mut() else { return false };
        let mut rest = bytes.as_slice();
        let count = read(&mut rest, self.acceptor.space());
        self.acceptor.received(count);
        match rest.len() {
            0 => drop(self.unread.pop_front()),
            _ => drop(bytes.drain(..count)),
        }
        true
    }
}
