use std::{
    io::{self, Write},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Instant,
};

use anyhow::Context;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

use super::{
    admin, clients, link::Link, node::Node, outbound, peers, places::PlacesClient, refusals::Refusals,
    thread_cache::ThreadCache, tracker::Tracker, wire,
};
use crate::{
    config::{Limits, ListenError, Listener, Serve},
    descriptors,
    journal::{Event, Journal, Writer},
    metrics::{Build, Metrics},
    places::{Key, Places},
};

/// Runs a server in the foreground until SIGTERM or SIGINT; prints its ready line on standard output.
pub fn serve(settings: Serve) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT]).context("cannot wait for signals")?;
    let server = Server::start(settings)?;
    if let Err(error) = server.announce() {
        server.drain()?;
        return Err(error).context("cannot print the ready line");
    }
    signals.forever().next();
    server.drain()
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    node: Arc<Node>,
    listeners: [(Arc<TcpListener>, SocketAddr); 3],
    trackers: Trackers,
    threads: ThreadCache,
    writer: Writer,
}

/// The threads, by what must have ended before what.
#[derive(Debug, Default)]
struct Trackers {
    clients: Tracker,
    outbound: Tracker,
    others: Tracker,
}

impl Server {
    /// Binds the listeners, starts all threads, and takes clients from then on.
    pub fn start(mut settings: Serve) -> anyhow::Result<Self> {
        descriptors::make_room(&mut settings);
        let limits = &settings.limits;
        let bind = |listener, addr| -> anyhow::Result<_> {
            let bound = wire::listen(addr, limits).map_err(|cause| ListenError::new(listener, addr, cause))?;
            let addr = bound.local_addr()?;
            Ok((Arc::new(bound), addr))
        };
        let listeners = [
            bind(Listener::Clients, settings.listen)?,
            bind(Listener::Peers, settings.peer_listen)?,
            bind(Listener::Admin, settings.admin_listen)?,
        ];
        let key = Key::load(&settings.places)?;
        let places = PlacesClient::new(Places::new(&settings.places, key)?, &settings.places)?;
        let (journal, writer) = Journal::start(&settings.name, &settings.journal)?;
        let build = Build { name: settings.name.as_str(), version: env!("CARGO_PKG_VERSION"), engine: "threads" };
        let metrics = Metrics::new(build, settings.peers.iter().map(|peer| &peer.name));
        let node = Node::new(settings, places, journal, metrics)?;
        let trackers = Trackers::default();
        let threads =
            ThreadCache::new(trackers.clients.clone(), &node.settings.limits, Arc::clone(node.metrics.threads()));
        let server = Self { node: Arc::new(node), listeners, trackers, threads, writer };
        server.note_start();
        server.start_all()?;
        Ok(server)
    }

    /// Where clients connect.
    #[must_use]
    pub fn client_addr(&self) -> SocketAddr {
        self.listeners[0].1
    }

    /// Where neighbours connect.
    #[must_use]
    pub fn peer_addr(&self) -> SocketAddr {
        self.listeners[1].1
    }

    /// Where the admin pages are.
    #[must_use]
    pub fn admin_addr(&self) -> SocketAddr {
        self.listeners[2].1
    }

    /// `ready NAME <client addr> <peer addr> <admin addr>`: what a harness waits for.
    #[must_use]
    pub fn ready_line(&self) -> String {
        let name = &self.node.settings.name;
        format!("ready {name} {} {} {}", self.client_addr(), self.peer_addr(), self.admin_addr())
    }

    fn announce(&self) -> io::Result<()> {
        let mut out = io::stdout();
        writeln!(out, "{}", self.ready_line())?;
        out.flush()
    }

    /// Ends in order, in the time that the limits give (PROTOCOL 6.3): clients get the answer in hand, neighbours what is
    /// queued. Returns when no thread is left.
    pub fn drain(self) -> anyhow::Result<()> {
        let Self { node, listeners: [clients, peers, admin], trackers, threads, writer } = self;
        let (now, time) = (Instant::now(), node.settings.limits.drain);
        let until = now + time;
        tracing::info!("draining");
        node.journal.record(&Event::Draining);
        node.drain.begin();
        node.clients.wake();
        wire::close_listener(&clients.0);
        wire::close_listener(&peers.0);
        node.links.iter().for_each(|link| link.inbox.wake());
        threads.close();
        if trackers.clients.wait(now + time * Limits::CLIENTS_TENTHS / 10) > 0 {
            node.clients.shut_down();
        }

        node.farewell.begin();
        wire::close_listener(&admin.0);
        node.links.iter().for_each(|link| link.inbox.wake());
        trackers.outbound.wait(now + time * Limits::LINKS_TENTHS / 10);
        node.links.iter().for_each(Link::shut_down);

        let mut left = 0;
        for tracker in [&trackers.clients, &trackers.outbound, &trackers.others] {
            left += tracker.wait(until);
        }
        writer.finish(until.saturating_duration_since(Instant::now()).max(time / 10))?;
        anyhow::ensure!(left == 0, "{left} threads did not end in time");
        Ok(())
    }

    fn note_start(&self) {
        self.node.journal.record(&Event::Started {
            name: self.node.settings.name.as_str(),
            version: env!("CARGO_PKG_VERSION"),
            engine: "threads",
            client_address: self.client_addr(),
            peer_address: self.peer_addr(),
            admin_address: self.admin_addr(),
        });
    }

    fn start_all(&self) -> anyhow::Result<()> {
        let Self { node, listeners: [clients, peers, admin], trackers, threads, .. } = self;
        let start = |tracker: &Tracker, name: &str, task: Box<dyn FnOnce() + Send>| {
            tracker.spawn(name.to_owned(), task).context("cannot start a thread")
        };
        let (refusals, watch) = Refusals::new(&node.settings.limits);
        start(&trackers.others, "refusals", Box::new(watch))?;
        let (refusals, to_clients) = (Arc::new(refusals), Arc::clone(&clients.0));
        let (on, shared, threads) = (Arc::clone(node), Arc::clone(&refusals), threads.clone());
        start(&trackers.others, "clients", Box::new(move || clients::accept(&on, &to_clients, &threads, &shared)))?;
        let (on, listener, tracker) = (Arc::clone(node), Arc::clone(&peers.0), trackers.others.clone());
        start(&trackers.others, "peers", Box::new(move || peers::accept(&on, &listener, &tracker, &refusals)))?;
        let (on, listener, tracker) = (Arc::clone(node), Arc::clone(&admin.0), trackers.others.clone());
        start(&trackers.others, "admin", Box::new(move || admin::accept(&on, &listener, &tracker)))?;
        for index in 0..node.links.len() {
            let (on, name) = (Arc::clone(node), format!("to-{}", node.links[index].peer.name));
            start(&trackers.outbound, &name, Box::new(move || outbound::run(&on, index)))?;
        }
        Ok(())
    }
}
