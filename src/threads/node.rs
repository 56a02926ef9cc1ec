use std::{
    io,
    sync::Arc,
    time::{Instant, SystemTime},
};

use super::{
    drain::Drain,
    link::{Link, Offer},
    open_clients::OpenClients,
    places::PlacesClient,
};
use crate::{
    config::Serve,
    engine::Permits,
    journal::{Event, Journal},
    metrics::{Merge, Metrics, Source},
    protocol::{At, Directory, Rules, Time, Told},
    state::{Admission, Merged, Store, recipients},
};

/// What all threads of a server share.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) settings: Serve,
    pub(super) rules: Rules,
    pub(super) store: Store,
    pub(super) links: Vec<Link>,
    pub(super) clients: OpenClients,
    pub(super) places: PlacesClient,
    pub(super) metrics: Metrics,
    pub(super) journal: Journal,
    /// Begins when clients are to be sent away.
    pub(super) drain: Drain,
    /// Begins when no client is left and links are to send what is queued.
    pub(super) farewell: Drain,
    pub(super) started: Instant,
    /// For peer handshakes in progress (PROTOCOL section 5, Identity).
    pub(super) handshakes: Permits,
}

impl Node {
    pub(super) fn new(settings: Serve, places: PlacesClient, journal: Journal, metrics: Metrics) -> io::Result<Self> {
        let limits = &settings.limits;
        let links = settings
            .peers
            .iter()
            .filter_map(|peer| Some(Link::new(peer.clone(), Arc::clone(metrics.peer(&peer.name)?), limits)))
            .collect();
        let rules = Rules {
            server: settings.name.clone(),
            max_future_skew: limits.max_future_skew,
            first_line: limits.first_line,
            line: limits.line,
            idle: limits.idle,
            close_after_reply: limits.close_after_reply,
        };
        Ok(Self {
            rules,
            store: Store::new(),
            links,
            clients: OpenClients::new(limits.max_clients),
            places,
            metrics,
            journal,
            drain: Drain::new()?,
            farewell: Drain::new()?,
            started: Instant::now(),
            handshakes: Permits::new(limits.max_handshakes),
            settings,
        })
    }

    /// Merges a record, from a client or from the link with this number, and floods it if it is news.
    pub(super) fn learn(&self, at: &At<'_>, from: Option<usize>) -> Merged {
        let (source, admission) = match from {
            None => (Source::Client, Admission::Below(self.settings.limits.max_known)),
            Some(_) => (Source::Peer, Admission::Any),
        };
        let merged = self.store.merge(at, admission);
        match merged {
            Merged::News => {
                self.metrics.merge(source, Merge::News);
                self.flood(at, from);
            }
            Merged::Old => self.metrics.merge(source, Merge::Old),
            Merged::Full => {}
        }
        merged
    }

    fn flood(&self, at: &At<'_>, from: Option<usize>) {
        for (_, link) in recipients(&self.links, from, |link| &link.gate) {
            if link.offer(at.line) == Offer::FirstDropped {
                self.journal.record(&Event::Overflow { peer: link.peer.name.as_str() });
            }
        }
    }
}

impl Directory for Node {
    fn tell(&self, at: &At<'_>) -> Told {
        match self.learn(at, None) {
            Merged::News => Told::News,
            Merged::Old => Told::Old,
            Merged::Full => Told::Full,
        }
    }

    fn find(&self, client: &[u8], reply: &mut Vec<u8>) -> Option<usize> {
        self.store.find(client, reply)
    }
}

/// What the system's clock says, as the protocol counts it.
pub(super) fn time_of(now: SystemTime) -> Time {
    // A clock before 1970 is as good as one at its start.
    Time::from_unix(now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}
