use std::{
    net::SocketAddr,
    os::fd::OwnedFd,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use super::{
    client::{Client, Found, iamat},
    context::any_port,
};
use crate::variant::{Launch, Peer, Running, Variant, reserved_address};

/// For links to stand, and for anything that a healthy server does at once.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at whether a record has come.
const LOOK: Duration = Duration::from_millis(5);

/// A server of a herd: its name, and the positions of those that it talks with.
pub(super) type Seat = (&'static str, &'static [usize]);

/// Servers of one variant that talk with each other. Dropped, they are killed.
pub(super) struct Herd {
    seats: Vec<Seat>,
    /// By position; `None` for one that does not run.
    pub(super) servers: Vec<Option<Running>>,
    /// Where neighbours look for each.
    pub(super) peers: Vec<SocketAddr>,
    held: Vec<Option<OwnedFd>>,
}

impl Herd {
    /// A herd of which nobody runs yet, but each has an address.
    pub(super) fn of(seats: &[Seat]) -> anyhow::Result<Self> {
        let reserved: Result<Vec<_>, _> = seats.iter().map(|_| reserved_address()).collect();
        let (peers, held) = reserved?.into_iter().unzip();
        Ok(Self { seats: seats.to_vec(), servers: seats.iter().map(|_| None).collect(), peers, held })
    }

    /// Starts a server with the neighbours of its seat among these positions, where it was or at its reserved address.
    pub(super) fn start(&mut self, variant: &Variant, position: usize, among: &[usize]) -> anyhow::Result<()> {
        let launch = self.launch(position, among);
        self.held[position] = None;
        self.servers[position] = Some(variant.start(&launch)?);
        Ok(())
    }

    fn launch(&self, position: usize, among: &[usize]) -> Launch {
        let (name, talks_with) = self.seats[position];
        let neighbours = talks_with.iter().filter(|other| among.contains(other));
        let peer = |other: &usize| Peer { name: self.seats[*other].0.to_owned(), address: self.peers[*other] };
        let listen = self.servers[position].as_ref().map_or_else(any_port, |running| running.ready().clients);
        Launch {
            peer_listen: self.peers[position],
            peers: neighbours.map(peer).collect(),
            ..Launch::alone(name, listen)
        }
    }

    /// Stops a server and starts it again at the same addresses, with these neighbours.
    pub(super) fn restart(&mut self, variant: &Variant, position: usize, among: &[usize]) -> anyhow::Result<()> {
        let launch = self.launch(position, among);
        if let Some(running) = self.servers[position].take() {
            running.stop()?;
        }
        self.servers[position] = Some(variant.start(&launch)?);
        Ok(())
    }

    /// Where clients of a server connect.
    pub(super) fn clients(&self, position: usize) -> anyhow::Result<SocketAddr> {
        let running = self.servers[position].as_ref().context("a server that does not run has no clients")?;
        Ok(running.ready().clients)
    }

    /// Waits until an update at each running server has come to all others: then every link stands.
    pub(super) fn await_links(&self) -> anyhow::Result<()> {
        let running: Vec<usize> =
            (0..self.servers.len()).filter(|position| self.servers[*position].is_some()).collect();
        let deadline = Instant::now() + PATIENCE;
        for from in &running {
            let token = format!("link-of-{}", self.seats[*from].0);
            Client::connect(self.clients(*from)?, PATIENCE)?.ask(&iamat(&token, 0))?;
            for to in running.iter().filter(|to| *to != from) {
                let mut client = Client::connect(self.clients(*to)?, PATIENCE)?;
                while client.find(&token, "0", 0)? == Found::Unknown {
                    if Instant::now() > deadline {
                        bail!("no record of {} came to {}", self.seats[*from].0, self.seats[*to].0);
                    }
                    thread::sleep(LOOK);
                }
            }
        }
        Ok(())
    }
}
