use std::{env, fmt, net::SocketAddr, path::PathBuf};

/// The defaults of a server that is told nothing, from `src/config/limits.rs`.
const PLACES_IN_FLIGHT: usize = 32;
const MAX_CLIENTS: usize = 1024;

/// What one server of a variant is told when it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Its name in the herd.
    pub name: String,
    /// Where clients connect; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Where neighbours connect; port 0 lets the system choose.
    pub peer_listen: SocketAddr,
    /// Its neighbours; none for a server alone.
    pub peers: Vec<Peer>,
    /// Its provider of places: `none` or `google-legacy=BASE_URL`.
    pub places: String,
    /// Calls to the provider at once.
    pub places_in_flight: usize,
    /// Client connections at once.
    pub max_clients: usize,
    /// Where a server that keeps a journal may write it.
    pub journal_dir: PathBuf,
}

/// A neighbour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// Its peer address.
    pub address: SocketAddr,
}

impl Launch {
    /// A server without neighbours and places, with the default limits; neighbours connect to the same host.
    #[must_use]
    pub fn alone(name: &str, listen: SocketAddr) -> Self {
        Self {
            name: name.to_owned(),
            listen,
            peer_listen: (listen.ip(), 0).into(),
            peers: Vec::new(),
            places: "none".to_owned(),
            places_in_flight: PLACES_IN_FLIGHT,
            max_clients: MAX_CLIENTS,
            journal_dir: env::temp_dir().join("herd-journal"),
        }
    }
}

/// As `--peer` takes it.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.address)
    }
}
