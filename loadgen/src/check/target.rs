use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::Level;
use crate::http::Transport;

/// The running servers that a suite is played against.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Client addresses. The first one belongs to the server of `peer`.
    pub clients: Vec<SocketAddr>,
    /// A server whose peer port may be dialled.
    pub peer: Option<PeerTarget>,
}

/// A server's peer port, and who we say we are there.
#[derive(Clone, Debug)]
pub struct PeerTarget {
    /// The name of the server under test.
    pub name: String,
    /// Its peer address.
    pub addr: SocketAddr,
    /// A neighbour of it that is not running, whose name we use.
    pub me: String,
    /// Where the server under test dials that neighbour, when the suite may listen there.
    pub listen: Option<Listener>,
}

/// An address the suite may listen on, to be dialled as a neighbour.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    /// The neighbour's peer address in the configuration of the server under test.
    pub addr: SocketAddr,
}

/// How a suite is played.
#[derive(Clone, Debug)]
pub struct Options {
    /// How strictly replies are read: at `Assignment` a skew may have any number of decimals.
    pub level: Level,
    /// What carries commands and replies.
    pub transport: Transport,
    /// For each reply, each write and each connection.
    pub timeout: Duration,
    /// For an update to be seen at another server.
    pub herd_deadline: Duration,
    /// How far a server's clock may be from ours; `None` is 50 ms on loopback and 5 s elsewhere.
    pub clock_tolerance: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: Level::Strict,
            transport: Transport::Lines,
            timeout: Duration::from_secs(5),
            herd_deadline: Duration::from_secs(2),
            clock_tolerance: None,
        }
    }
}

impl Options {
    /// The tolerance for the clock of the server at this address.
    pub(super) fn clock_tolerance_at(&self, server: IpAddr) -> Duration {
        let usual = if server.is_loopback() { Duration::from_millis(50) } else { Duration::from_secs(5) };
        self.clock_tolerance.unwrap_or(usual)
    }
}

/// The servers that one play of a case speaks to.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) client: SocketAddr,
    pub(super) second: Option<SocketAddr>,
    pub(super) peer: Option<PeerTarget>,
}

impl Route {
    /// The addresses, for people.
    pub(super) fn label(&self) -> String {
        match (&self.second, &self.peer) {
            (Some(second), _) => format!("{} and {second}", self.client),
            (None, Some(peer)) => format!("{} and peer port {}", self.client, peer.addr),
            (None, None) => self.client.to_string(),
        }
    }

    /// `{me}` and `{peer}`.
    pub(super) fn names(&self) -> Option<(String, String)> {
        self.peer.as_ref().map(|peer| (peer.me.clone(), peer.name.clone()))
    }
}
