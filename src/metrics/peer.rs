use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{Direction, labels::Label};
use crate::protocol::Name;

type ByPeer = Family<[(&'static str, String); 1], Counter>;
type ByLink<M> = Family<[(&'static str, String); 2], M>;

/// The counters of one neighbour.
#[derive(Debug)]
pub struct PeerMetrics {
    up: [Gauge; 2],
    lost: [Counter; 2],
    overflows: Counter,
    skipped: Counter,
    records: Counter,
    batches: Counter,
}

/// The metrics that have a neighbour as a label.
#[derive(Default)]
pub(super) struct Families {
    up: ByLink<Gauge>,
    lost: ByLink<Counter>,
    overflows: ByPeer,
    skipped: ByPeer,
    records: ByPeer,
    batches: ByPeer,
}

impl PeerMetrics {
    /// A link is up.
    pub fn link_gained(&self, direction: Direction) {
        self.up[direction.index()].inc();
    }

    /// A link that was up has ended.
    pub fn link_lost(&self, direction: Direction) {
        self.up[direction.index()].dec();
        self.lost[direction.index()].inc();
    }

    /// The queue to the neighbour was full, and a record was left to the next full sync.
    pub fn overflow(&self) {
        self.overflows.inc();
    }

    /// A bad line of the neighbour was skipped.
    pub fn skipped(&self) {
        self.skipped.inc();
    }

    /// A batch of `records` records was sent to the neighbour.
    pub fn batch_sent(&self, records: usize) {
        self.batches.inc();
        self.records.inc_by(records as u64);
    }
}

impl Families {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("links_up", "Links that are up", self.up.clone());
        registry.register("links_lost", "Links that were up and have ended", self.lost.clone());
        let overflows = "Records that found a neighbour's queue full and were left to the next full sync";
        registry.register("queue_overflows", overflows, self.overflows.clone());
        registry.register("peer_lines_skipped", "Bad lines of a neighbour that were skipped", self.skipped.clone());
        registry.register("records_sent", "Records sent to a neighbour", self.records.clone());
        registry.register("batches_sent", "Batches sent to a neighbour", self.batches.clone());
    }

    /// The handles for one neighbour; all its metrics are on the page from now on, at zero.
    pub(super) fn peer(&self, name: &Name) -> PeerMetrics {
        let peer = [("peer", name.to_string())];
        let link = |direction: Direction| [("peer", name.to_string()), ("direction", direction.as_str().to_owned())];
        PeerMetrics {
            up: [Direction::In, Direction::Out].map(|d| self.up.get_or_create_owned(&link(d))),
            lost: [Direction::In, Direction::Out].map(|d| self.lost.get_or_create_owned(&link(d))),
            overflows: self.overflows.get_or_create_owned(&peer),
            skipped: self.skipped.get_or_create_owned(&peer),
            records: self.records.get_or_create_owned(&peer),
            batches: self.batches.get_or_create_owned(&peer),
        }
    }
}
