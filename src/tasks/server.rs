use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, bail};
use tokio::{
    net::TcpListener,
    runtime::{self, Builder},
    select,
    signal::unix::{SignalKind, signal},
};

use super::{
    admin, clients, link::Link, node::Node, outbound, peers, places::PlacesClient, refusals::Refusals,
    tracker::Tracker, wire,
};
use crate::{
    config::{Flavor, Limits, ListenError, Listener, Runtime, Serve},
    descriptors,
    journal::{Event, Journal, Writer},
    metrics::{Build, Metrics},
    places::{Key, Places},
};

/// Runs a server in the foreground until SIGTERM or SIGINT; prints its ready line on standard output.
pub fn serve(settings: Serve, runtime: &Runtime) -> anyhow::Result<()> {
    let runtime = build(runtime).context("cannot start the runtime")?;
    let served = runtime.block_on(async {
        let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
        let [Ok(mut terminate), Ok(mut interrupt)] = signals else { bail!("cannot wait for signals") };
        let server = Server::start(settings)?;
        if let Err(error) = server.announce() {
            server.drain().await?;
            return Err(error).context("cannot print the ready line");
        }
        select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        server.drain().await
    });
    // A lookup that hangs in the system's resolver is not waited for.
    runtime.shutdown_background();
    served
}

/// What a thread needs none of: the workers that run the tasks.
fn build(runtime: &Runtime) -> io::Result<runtime::Runtime> {
    let mut builder = match runtime.flavor {
        Flavor::CurrentThread => Builder::new_current_thread(),
        Flavor::MultiThread => Builder::new_multi_thread(),
    };
    if let Some(workers) = runtime.workers {
        builder.worker_threads(workers.get());
    }
    builder.thread_name("worker").enable_io().enable_time().build()
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    node: Arc<Node>,
    listeners: [(Arc<TcpListener>, SocketAddr); 3],
    trackers: Trackers,
    writer: Writer,
}

/// The tasks, by what must have ended before what.
#[derive(Debug, Default)]
struct Trackers {
    clients: Tracker,
    outbound: Tracker,
    others: Tracker,
}

impl Server {
    /// Binds the listeners, starts all tasks, and takes clients from then on. Must be called within a runtime that does I/O
    /// and has a clock.
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
        let build = Build { name: settings.name.as_str(), version: env!("CARGO_PKG_VERSION"), engine: "tasks" };
        let metrics = Metrics::new(build, settings.peers.iter().map(|peer| &peer.name));
        let node = Node::new(settings, places, journal, metrics);
        let server = Self { node: Arc::new(node), listeners, trackers: Trackers::default(), writer };
        server.note_start();
        server.start_all();
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
    /// queued. Returns when no task is left.
    pub async fn drain(self) -> anyhow::Result<()> {
        let Self { node, listeners: [clients, peers, admin], trackers, writer } = self;
        let (now, time) = (Instant::now(), node.settings.limits.drain);
        let until = now + time;
        tracing::info!("draining");
        node.journal.record(&Event::Draining);
        node.drain.begin();
        node.clients.wake();
        wire::close_listener(&clients.0);
        wire::close_listener(&peers.0);
        node.links.iter().for_each(|link| link.inbox.wake());
        if trackers.clients.wait(now + time * Limits::CLIENTS_TENTHS / 10).await > 0 {
            node.clients.shut_down();
        }

        node.farewell.begin();
        wire::close_listener(&admin.0);
        node.links.iter().for_each(|link| link.inbox.wake());
        trackers.outbound.wait(now + time * Limits::LINKS_TENTHS / 10).await;
        node.links.iter().for_each(Link::shut_down);

        let mut left = 0;
        for tracker in [&trackers.clients, &trackers.outbound, &trackers.others] {
            left += tracker.wait(until).await;
        }
        // The journal's thread is waited for without the runtime, which has nothing left to do.
        writer.finish(until.saturating_duration_since(Instant::now()).max(time / 10))?;
        anyhow::ensure!(left == 0, "{left} tasks did not end in time");
        Ok(())
    }

    fn note_start(&self) {
        self.node.journal.record(&Event::Started {
            name: self.node.settings.name.as_str(),
            version: env!("CARGO_PKG_VERSION"),
            engine: "tasks",
            client_address: self.client_addr(),
            peer_address: self.peer_addr(),
            admin_address: self.admin_addr(),
        });
    }

    fn start_all(&self) {
        let Self { node, listeners: [clients, peers, admin], trackers, .. } = self;
        let (refusals, watch) = Refusals::new(&node.settings.limits);
        trackers.others.spawn(watch);
        let (refusals, to_clients) = (Arc::new(refusals), Arc::clone(&clients.0));
        let (on, shared, tracker) = (Arc::clone(node), Arc::clone(&refusals), trackers.clients.clone());
        trackers.others.spawn(async move { clients::accept(&on, &to_clients, &tracker, &shared).await });
        let (on, listener, tracker) = (Arc::clone(node), Arc::clone(&peers.0), trackers.others.clone());
        trackers.others.spawn(async move { peers::accept(&on, &listener, &tracker, &refusals).await });
        let (on, listener, tracker) = (Arc::clone(node), Arc::clone(&admin.0), trackers.others.clone());
        trackers.others.spawn(async move { admin::accept(&on, &listener, &tracker).await });
        for index in 0..node.links.len() {
            let on = Arc::clone(node);
            trackers.outbound.spawn(async move { outbound::run(&on, index).await });
        }
    }
}
