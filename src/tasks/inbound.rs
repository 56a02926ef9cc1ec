use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Weak},
    time::{Instant, SystemTime},
};

use tokio::net::TcpStream;

use super::{
    link::InboundToken,
    node::Node,
    refusals::Refusals,
    wire::{self, Timer},
};
use crate::{
    engine::Permit,
    journal::{Event, Lines, Skip},
    metrics::Direction,
    protocol::{Acceptor, LinkEnd, Name, Received},
};

/// Serves a connection to the peer port: a link on which a neighbour's records come in.
///
/// What is refused lingers with the other refused connections, if they are still looked after: its permit is free at once.
pub(super) async fn serve(
    node: &Node,
    stream: &Arc<TcpStream>,
    addr: SocketAddr,
    handshake: Permit,
    refusals: &Weak<Refusals>,
) {
    let mut inbound = Inbound {
        node,
        stream,
        acceptor: Acceptor::new(node.settings.name.clone()),
        out: Vec::new(),
        until: Instant::now() + node.settings.limits.handshake,
    };
    let greeted = inbound.greet().await;
    drop(handshake);
    match greeted {
        Ok((index, token)) => {
            inbound.live(index, token, addr).await;
        }
        Err(error) => {
            let reason = error.to_string();
            tracing::debug!(%addr, reason, "a peer connection was refused");
            node.journal.record(&Event::LinkRefused { direction: Direction::In, address: addr, reason: &reason });
            inbound.refuse(&reason, refusals);
        }
    }
}

struct Inbound<'a> {
    node: &'a Node,
    stream: &'a Arc<TcpStream>,
    acceptor: Acceptor,
    /// ACKs not yet sent.
    out: Vec<u8>,
    /// When the handshake must be over.
    until: Instant,
}

impl Inbound<'_> {
    /// Exchanges HELLO and takes the place of the older link; gives the neighbour's number.
    async fn greet(&mut self) -> io::Result<(usize, InboundToken)> {
        let name = self.hello().await?;
        let links = &self.node.links;
        let index = links.iter().position(|link| link.peer.name == name);
        let index = index.ok_or_else(|| io::Error::other(format!("{name} is not a neighbour")))?;
        let token = links[index].replace_inbound(self.stream, self.until).await;
        let token = token.ok_or_else(|| io::Error::other("the older link has not ended, or this server ends"))?;
        self.acceptor.welcome(&mut self.out);
        if let Err(error) = self.flush().await {
            links[index].end_inbound(token);
            return Err(error);
        }
        Ok((index, token))
    }

    async fn hello(&mut self) -> io::Result<Name> {
        loop {
            match self.acceptor.step(&mut self.out).map_err(io::Error::other)? {
                Received::Hello(name) => return Ok(name),
                Received::Record(_) | Received::Malformed(_) | Received::Long(_) | Received::Sync | Received::Read => {}
            }
            let count = wire::read_until(self.stream, self.acceptor.space(), self.until).await?;
            self.received(count)?;
        }
    }

    /// Sends the reason, and lets it arrive.
    fn refuse(&mut self, reason: &str, refusals: &Weak<Refusals>) {
        self.out.clear();
        Acceptor::refuse(reason, &mut self.out);
        // A server that drains closes the connection at once.
        if let Some(refusals) = refusals.upgrade() {
            refusals.refuse(Arc::clone(self.stream), &self.out);
        }
    }

    /// Takes records until the link ends.
    async fn live(&mut self, index: usize, token: InboundToken, addr: SocketAddr) {
        let link = &self.node.links[index];
        let peer = link.peer.name.as_str();
        link.metrics.link_gained(Direction::In);
        self.node.journal.record(&Event::LinkGained { peer, direction: Direction::In, address: addr });
        *link.in_since.lock() = Some((Instant::now(), addr));
        // The neighbour is there: it may be dialled at once.
        link.inbox.wake();

        let mut journal = self.node.journal.link_lines(&link.peer.name, Direction::In);
        let ended = self.receive(index, &mut journal).await;
        drop(journal);
        let reason = ended.map_or_else(|error| error.to_string(), |never| match never {});

        *link.in_since.lock() = None;
        link.metrics.link_lost(Direction::In);
        self.node.journal.record(&Event::LinkLost { peer, direction: Direction::In, address: addr, reason: &reason });
        link.end_inbound(token);
        tracing::info!(peer, reason, "inbound link lost");
    }

    async fn receive(&mut self, index: usize, journal: &mut Lines) -> io::Result<std::convert::Infallible> {
        let link = &self.node.links[index];
        let mut timer = Timer::new();
        loop {
            let answered = self.out.len();
            match self.acceptor.step(&mut self.out).map_err(io::Error::other)? {
                Received::Record(at) => {
                    journal.received(SystemTime::now(), at.line);
                    self.node.learn(&at, Some(index));
                }
                Received::Malformed(bad) => {
                    link.metrics.skipped();
                    journal.skipped(SystemTime::now(), bad, Skip::Malformed);
                }
                Received::Long(prefix) => {
                    link.metrics.skipped();
                    journal.skipped(SystemTime::now(), prefix, Skip::TooLong);
                }
                Received::Sync => journal.sent(SystemTime::now(), &self.out[answered..]),
                Received::Read => {
                    journal.flush();
                    self.flush().await?;
                    let until = Instant::now() + self.node.settings.limits.link_idle;
                    let count = wire::read(self.stream, self.acceptor.space(), &mut timer, until).await?;
                    self.received(count)?;
                }
                // Only the first line of all is taken for a HELLO.
                Received::Hello(_) => {}
            }
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        if !self.out.is_empty() {
            wire::write(self.stream, &self.out, self.node.settings.limits.write).await?;
            self.out.clear();
        }
        Ok(())
    }

    fn received(&mut self, count: usize) -> io::Result<()> {
        if count == 0 {
            return Err(io::Error::other(LinkEnd::EndOfInput));
        }
        self.acceptor.received(count);
        Ok(())
    }
}
