use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{Limits, Provider};
use crate::protocol::Name;

/// Everything one server needs to run.
#[derive(Clone, Debug)]
pub struct Serve {
    /// The server's own name.
    pub name: Name,
    /// Where clients connect; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Where neighbours connect.
    pub peer_listen: SocketAddr,
    /// Where the admin pages are.
    pub admin_listen: SocketAddr,
    /// The neighbours this server talks with.
    pub peers: Vec<Peer>,
    /// Where answers to WHATSAT come from.
    pub places: PlacesSettings,
    /// What is written down.
    pub journal: JournalSettings,
    /// Every bound the server keeps.
    pub limits: Limits,
}

/// A neighbour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name, as it says HELLO.
    pub name: Name,
    /// Its peer address.
    pub addr: SocketAddr,
}

/// How places are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacesSettings {
    /// Who answers.
    pub provider: Provider,
    /// A file whose first line is the provider's key; `HERD_PLACES_KEY` stands before it.
    pub key_file: Option<PathBuf>,
    /// Calls in flight at once; further calls wait for a slot within `timeout`. A judgement: with 50 ms a call,
    /// 32 cap a server at 640 calls a second.
    pub in_flight: usize,
    /// For the TCP connection of a call.
    pub connect_timeout: Duration,
    /// For a whole call, waiting for a slot included.
    pub timeout: Duration,
    /// Longest response body, decompressed, in bytes.
    pub max_body: usize,
    /// Failures in a row that open the circuit breaker; 0 turns it off.
    pub breaker_failures: u32,
    /// How long an open breaker answers without a call.
    pub breaker_pause: Duration,
    /// How long an answer is kept; `None` is the provider's default, zero turns the cache off.
    pub cache_lifetime: Option<Duration>,
    /// Answers kept at once.
    pub cache_entries: usize,
}

impl Default for PlacesSettings {
    fn default() -> Self {
        Self {
            provider: Provider::Gazetteer(None),
            key_file: None,
            in_flight: 32,
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(5),
            max_body: 1 << 20,
            breaker_failures: 5,
            breaker_pause: Duration::from_secs(30),
            cache_lifetime: None,
            cache_entries: 1024,
        }
    }
}

/// How much is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JournalMode {
    /// Every line in and out, every client and peer connection gained and lost.
    #[default]
    Full,
    /// Connections gained and lost.
    Connections,
    /// Nothing.
    Off,
}

/// What is written down, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSettings {
    /// How much.
    pub mode: JournalMode,
    /// The directory of `NAME.jsonl`.
    pub dir: PathBuf,
    /// A file that grows to this many bytes is rotated once, so a journal takes at most twice that.
    pub max_bytes: u64,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self { mode: JournalMode::Full, dir: PathBuf::from("journal"), max_bytes: 256 << 20 }
    }
}
