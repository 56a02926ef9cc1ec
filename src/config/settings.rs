use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::ValueEnum;
use serde::Deserialize;

use super::{Limits, Provider, values};
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlacesSettings {
    /// Who answers.
    #[serde(deserialize_with = "values::provider")]
    pub provider: Provider,
    /// A file whose first line is the provider's key; `HERD_PLACES_KEY` stands before it.
    pub key_file: Option<PathBuf>,
    /// Calls in flight at once; further calls wait for a slot within `timeout`. A judgement: with 50 ms a call,
    /// 32 cap a server at 640 calls a second.
    #[serde(deserialize_with = "values::count::<_, 1, { PlacesSettings::MOST_IN_FLIGHT }>")]
    pub in_flight: usize,
    /// For the TCP connection of a call, whichever of its provider's addresses answers.
    #[serde(deserialize_with = "values::positive_duration")]
    pub connect_timeout: Duration,
    /// For a whole call, waiting for a slot included.
    #[serde(deserialize_with = "values::positive_duration")]
    pub timeout: Duration,
    /// Longest response body, decompressed, in bytes.
    #[serde(deserialize_with = "values::max_body")]
    pub max_body: usize,
    /// Failures in a row that open the circuit breaker; 0 turns it off.
    pub breaker_failures: u32,
    /// How long an open breaker answers without a call.
    #[serde(deserialize_with = "values::duration")]
    pub breaker_pause: Duration,
    /// How long an answer is kept; `None` is the provider's default, zero turns the cache off.
    #[serde(deserialize_with = "values::some_duration")]
    pub cache_lifetime: Option<Duration>,
    /// Answers kept at once.
    #[serde(deserialize_with = "values::count::<_, 0, 1_048_576>")]
    pub cache_entries: usize,
}

impl PlacesSettings {
    /// Most calls in flight at once: each has a port of its own.
    pub const MOST_IN_FLIGHT: usize = 65_536;
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JournalSettings {
    /// How much.
    pub mode: JournalMode,
    /// The directory of `NAME.jsonl`.
    pub dir: PathBuf,
    /// A file that grows to this many bytes is rotated once, so a journal takes at most twice that. At least 64 KiB.
    #[serde(deserialize_with = "values::journal_max_bytes")]
    pub max_bytes: u64,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self { mode: JournalMode::Full, dir: PathBuf::from("journal"), max_bytes: 256 << 20 }
    }
}
