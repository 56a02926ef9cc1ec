//! What is done to a herd, and when.

use std::time::Duration;

use fastrand::Rng;

use crate::{graph::Graph, server::EPOCH_S};

/// One thing that is done to a herd.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// A client sends lines to a server, if that is up.
    Tell {
        server: usize,
        input: Vec<u8>,
    },
    /// Connections between two servers break.
    Break(usize, usize),
    /// Nothing passes between two servers.
    Block(usize, usize),
    Unblock(usize, usize),
    /// A server loses everything.
    Crash(usize, Death),
    /// A server that is down starts with an empty store.
    Start(usize),
}

/// How a server dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// Its system closes its connections; what was sent still arrives.
    Process,
    /// Its connections are left half open.
    Host,
}

/// Everything that happens to a herd before it is left to heal.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) graph: Graph,
    pub(crate) clients: usize,
    pub(crate) queue: usize,
    pub(crate) latency_max: Duration,
    pub(crate) span: Duration,
    pub(crate) actions: Vec<(Duration, Action)>,
}

impl Plan {
    /// Updates and faults at random, from a few to many, in haste or at leisure.
    pub(crate) fn random(graph: Graph, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let latency_ms = [2, 50, 300, 1500][rng.usize(..4)];
        let span_ms = [300, 3_000, 20_000, 60_000][rng.usize(..4)];
        let mut plan = Self {
            graph,
            clients: [1, 4, 40][rng.usize(..3)],
            queue: [1, 4, 4096][rng.usize(..3)],
            latency_max: Duration::from_millis(latency_ms),
            span: Duration::from_millis(span_ms),
            actions: Vec::new(),
        };
        for _ in 0..rng.usize(1..50) {
            plan.tell(&mut rng);
        }
        for _ in 0..rng.usize(..12) {
            plan.hurt(&mut rng);
        }
        plan
    }

    /// Some updates in one segment, at a random moment and server.
    fn tell(&mut self, rng: &mut Rng) {
        let server = rng.usize(..self.graph.names.len());
        let moment = self.moment(rng);
        let updates = [1, 1, 1, 10][rng.usize(..4)];
        let input: String = (0..updates).map(|_| iamat(rng.usize(..self.clients), rng)).collect();
        self.actions.push((moment, Action::Tell { server, input: input.into_bytes() }));
    }

    /// A fault; most have a second half that comes soon or late.
    fn hurt(&mut self, rng: &mut Rng) {
        let server = rng.usize(..self.graph.names.len());
        let (one, other) = self.graph.edges[rng.usize(..self.graph.edges.len())];
        let moment = self.moment(rng);
        let second_ms = [20, 400, 4_000, 40_000][rng.usize(..4)];
        let second = moment + Duration::from_millis(second_ms).mul_f64(rng.f64());
        let death = if rng.bool() { Death::Process } else { Death::Host };
        match rng.u8(..3) {
            0 => self.actions.push((moment, Action::Break(one, other))),
            1 => self.actions.extend([(moment, Action::Block(one, other)), (second, Action::Unblock(one, other))]),
            _ => self.actions.extend([(moment, Action::Crash(server, death)), (second, Action::Start(server))]),
        }
    }

    fn moment(&self, rng: &mut Rng) -> Duration {
        self.span.mul_f64(rng.f64())
    }
}

/// An update with a time that is often equal to another's, or older, and equal times that are written in two ways.
pub(crate) fn iamat(client: usize, rng: &mut Rng) -> String {
    let seconds = EPOCH_S - rng.u64(..6);
    let fraction = ["", ".5", ".50", ".500000001"][rng.usize(..4)];
    let latitude = rng.u8(..90);
    format!("IAMAT c{client} +{latitude}-118.4 {seconds}{fraction}\n")
}
