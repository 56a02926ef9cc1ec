use std::sync::{Arc, atomic::Ordering::Relaxed};

use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, gauge::Gauge, info::Info},
    registry::Registry,
};

use super::{
    CloseReason, Merge, PeerMetrics, Source, ThreadMetrics, Validity,
    peer::Families,
    register::{ByOne, ByTwo, counter, gauge},
};
use crate::{
    places,
    protocol::{Answer, Name, Verb},
};

/// Which program this is, for `herd_build_info`.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// The server's name.
    pub name: &'a str,
    /// The program's version.
    pub version: &'a str,
    /// `threads` or `tasks`.
    pub engine: &'a str,
}

/// All counters and gauges of a server; share it behind an `Arc`.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    peers: Vec<(Name, Arc<PeerMetrics>)>,
    threads: Arc<ThreadMetrics>,
    clients: Gauge,
    clients_total: Counter,
    refused: Counter,
    accept_errors: Counter,
    accept_waits: Counter,
    commands: ByTwo<Verb, Validity>,
    places: ByOne<places::Outcome>,
    closes: ByOne<CloseReason>,
    merges: ByTwo<Source, Merge>,
    known: Gauge,
    journal_dropped: Counter,
}

impl Metrics {
    /// The content type of what [`Metrics::render`] writes.
    pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// Everything at zero, for a server with these neighbours.
    #[must_use]
    pub fn new<'a>(build: Build<'_>, neighbours: impl IntoIterator<Item = &'a Name>) -> Self {
        let mut registry = Registry::with_prefix("herd");
        let r = &mut registry;
        let labels = [("name", build.name), ("version", build.version), ("engine", build.engine)];
        let labels = labels.map(|(key, value)| (key, value.to_owned()));
        r.register("build", "The program and the server that it is", Info::new(labels));
        let families = Families::default();
        families.register(r);
        let peers = neighbours.into_iter().map(|name| (name.clone(), Arc::new(families.peer(name)))).collect();
        Self {
            peers,
            threads: Arc::new(ThreadMetrics::register(r)),
            clients: gauge(r, "clients", "Client connections that are open"),
            clients_total: counter(r, "client_connections", "Client connections accepted"),
            refused: counter(r, "clients_refused", "Client connections refused, for want of room or threads"),
            accept_errors: counter(r, "accept_errors", "Failures to accept a connection"),
            accept_waits: counter(r, "accept_waits", "Times that no client was accepted until another left"),
            commands: ByTwo::register(r, "commands", "Commands of clients", ["verb", "outcome"]),
            places: ByOne::register(r, "places", "Valid WHATSAT by where the places came from", "outcome"),
            closes: ByOne::register(r, "closes", "Client connections that ended, refused ones too", "reason"),
            merges: ByTwo::register(r, "merges", "Records merged into the store", ["source", "outcome"]),
            known: gauge(r, "known_clients", "Clients whose location is known"),
            journal_dropped: counter(r, "journal_dropped_events", "Events that the journal lost"),
            registry,
        }
    }

    /// The counters of a neighbour; `None` for any other server.
    #[must_use]
    pub fn peer(&self, name: &Name) -> Option<&Arc<PeerMetrics>> {
        self.peers.iter().find(|(peer, _)| peer == name).map(|(_, metrics)| metrics)
    }

    /// The counters of the threads that serve clients.
    #[must_use]
    pub fn threads(&self) -> &Arc<ThreadMetrics> {
        &self.threads
    }

    /// A client connection was accepted and is served; [`Metrics::client_lost`] is to follow.
    pub fn client_gained(&self) {
        self.clients.inc();
        self.clients_total.inc();
    }

    /// A served client connection has ended.
    pub fn client_lost(&self, reason: CloseReason) {
        self.clients.dec();
        self.closes.inc(reason);
    }

    /// A client connection was accepted but not served; it never counts as open.
    pub fn client_refused(&self, reason: CloseReason) {
        self.refused.inc();
        self.closes.inc(reason);
    }

    /// A connection could not be accepted.
    pub fn accept_error(&self) {
        self.accept_errors.inc();
    }

    /// No further client is accepted until another leaves.
    pub fn accept_waits(&self) {
        self.accept_waits.inc();
    }

    /// A command was answered by the session alone.
    pub fn answered(&self, answer: Answer) {
        match answer {
            Answer::News | Answer::Old => self.command(Verb::Iamat, Validity::Ok),
            Answer::Invalid(verb) => self.command(verb, Validity::Invalid),
        }
    }

    /// A command was answered.
    pub fn command(&self, verb: Verb, validity: Validity) {
        self.commands.inc(verb, validity);
    }

    /// A record was merged.
    pub fn merge(&self, source: Source, merge: Merge) {
        self.merges.inc(source, merge);
    }

    /// Takes over what others count: the clients in the store, the events that the journal lost, and how queries to
    /// places ended. To be called before [`Metrics::render`].
    pub fn observe(&self, known_clients: usize, journal_dropped: u64, places: &places::Counts) {
        self.known.set(i64::try_from(known_clients).unwrap_or(i64::MAX));
        self.journal_dropped.inner().store(journal_dropped, Relaxed);
        for outcome in places::Outcome::ALL {
            self.places.observe(outcome, places.of(outcome));
        }
    }

    /// Appends the page in the `OpenMetrics` text format, which Prometheus reads.
    pub fn render(&self, out: &mut String) {
        // Writing to a string does not fail, and neither does any of these metrics.
        let _ = text::encode(out, &self.registry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Direction;

    fn page(metrics: &Metrics) -> Vec<String> {
        let mut out = String::new();
        metrics.render(&mut out);
        out.lines().map(str::to_owned).collect()
    }

    fn metrics() -> Metrics {
        let build = Build { name: "Goloman", version: "1", engine: "thr\"eads" };
        Metrics::new(build, [&"Hands".parse().unwrap(), &"Wilkes".parse().unwrap()])
    }

    #[test]
    fn what_was_counted_is_on_the_page() {
        let metrics = metrics();
        metrics.client_gained();
        metrics.client_gained();
        metrics.client_lost(CloseReason::IdleTimeout);
        metrics.client_refused(CloseReason::TooManyClients);
        metrics.accept_error();
        metrics.accept_waits();
        metrics.threads().started();
        metrics.threads().reused();
        metrics.threads().cached(5);
        metrics.answered(Answer::Invalid(Verb::Whatsat));
        metrics.merge(Source::Peer, Merge::News);
        metrics.observe(7, 3, &places::Counts::default());
        let page = page(&metrics);
        for line in [
            "# TYPE herd_clients gauge",
            "herd_clients 1",
            "herd_client_connections_total 2",
            "herd_clients_refused_total 1",
            "herd_accept_errors_total 1",
            "herd_accept_waits_total 1",
            "herd_client_threads_started_total 1",
            "herd_client_threads_reused_total 1",
            "herd_client_threads_cached 5",
            r#"herd_commands_total{verb="whatsat",outcome="invalid"} 1"#,
            r#"herd_commands_total{verb="iamat",outcome="ok"} 0"#,
            r#"herd_places_total{outcome="cached"} 0"#,
            r#"herd_closes_total{reason="idle timeout"} 1"#,
            r#"herd_closes_total{reason="too many clients"} 1"#,
            r#"herd_merges_total{source="peer",outcome="news"} 1"#,
            "herd_known_clients 7",
            "herd_journal_dropped_events_total 3",
            r#"herd_build_info{name="Goloman",version="1",engine="thr\"eads"} 1"#,
            "# EOF",
        ] {
            assert!(page.iter().any(|l| l == line), "{line} is not on the page:\n{}", page.join("\n"));
        }
    }

    #[test]
    fn neighbours_are_labels() {
        let metrics = metrics();
        let hands = metrics.peer(&"Hands".parse().unwrap()).unwrap();
        hands.link_gained(Direction::In);
        hands.link_gained(Direction::Out);
        hands.link_lost(Direction::Out);
        hands.overflow();
        hands.skipped();
        hands.batch_sent(1024);
        let page = page(&metrics);
        for line in [
            r#"herd_links_up{peer="Hands",direction="in"} 1"#,
            r#"herd_links_up{peer="Hands",direction="out"} 0"#,
            r#"herd_links_lost_total{peer="Hands",direction="out"} 1"#,
            r#"herd_links_up{peer="Wilkes",direction="in"} 0"#,
            r#"herd_queue_overflows_total{peer="Hands"} 1"#,
            r#"herd_peer_lines_skipped_total{peer="Hands"} 1"#,
            r#"herd_records_sent_total{peer="Hands"} 1024"#,
            r#"herd_batches_sent_total{peer="Hands"} 1"#,
        ] {
            assert!(page.iter().any(|l| l == line), "{line} is not on the page:\n{}", page.join("\n"));
        }
        assert!(metrics.peer(&"Welsh".parse().unwrap()).is_none());
    }
}
