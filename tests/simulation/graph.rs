//! Who talks with whom.

use herd::protocol::Name;

/// A connected graph of servers.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub(crate) names: Vec<Name>,
    pub(crate) edges: Vec<(usize, usize)>,
}

impl Graph {
    /// The default herd of PROTOCOL section 5.
    pub(crate) fn default_herd() -> Self {
        let names = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"].map(name).to_vec();
        Self { names, edges: vec![(0, 1), (0, 2), (0, 4), (1, 4), (2, 3), (2, 4)] }
    }

    pub(crate) fn line(servers: usize) -> Self {
        Self::numbered(servers, (1..servers).map(|server| (server - 1, server)))
    }

    pub(crate) fn ring(servers: usize) -> Self {
        Self::numbered(servers, (0..servers).map(|server| (server, (server + 1) % servers)))
    }

    pub(crate) fn star(servers: usize) -> Self {
        Self::numbered(servers, (1..servers).map(|server| (0, server)))
    }

    pub(crate) fn complete(servers: usize) -> Self {
        Self::numbered(servers, (0..servers).flat_map(|one| (0..one).map(move |other| (one, other))))
    }

    pub(crate) fn random_tree(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let servers = rng.usize(2..9);
        let edges: Vec<_> = (1..servers).map(|server| (rng.usize(..server), server)).collect();
        Self::numbered(servers, edges.into_iter())
    }

    /// The servers that `server` talks with, in a fixed order.
    pub(crate) fn neighbours(&self, server: usize) -> Vec<usize> {
        let other = |&(a, b): &(usize, usize)| match server {
            s if s == a => Some(b),
            s if s == b => Some(a),
            _ => None,
        };
        self.edges.iter().filter_map(other).collect()
    }

    /// AT lines that one update costs on a quiet herd: its origin tells all its neighbours, every other server all but
    /// the one that it heard the news from.
    pub(crate) fn messages_per_update(&self) -> usize {
        2 * self.edges.len() - (self.names.len() - 1)
    }

    fn numbered(servers: usize, edges: impl Iterator<Item = (usize, usize)>) -> Self {
        let names = (0..servers).map(|server| name(&format!("S{server}"))).collect();
        Self { names, edges: edges.collect() }
    }
}

#[expect(clippy::unwrap_used, reason = "the names above are well-formed")]
fn name(text: &str) -> Name {
    text.parse().unwrap()
}
