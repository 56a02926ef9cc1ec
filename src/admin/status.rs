use std::{net::SocketAddr, time::SystemTime};

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{config::JournalMode, metrics::Direction, places::Counts, state::Digest};

/// What a server is doing, for `/status.json`; the engine fills it in for each request.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The server's name.
    pub name: String,
    /// The program's version.
    pub version: &'static str,
    /// `threads` or `tasks`.
    pub engine: &'static str,
    /// Seconds since all listeners were bound.
    pub uptime_s: f64,
    /// Keys `ready`, whether clients are taken, and `state`.
    #[serde(flatten)]
    pub readiness: Readiness,
    /// Client connections that are open.
    pub clients_connected: usize,
    /// Clients whose location is known.
    pub clients_known: usize,
    /// Over all records of the store, whatever their order: servers that know the same have the same. In hexadecimal
    /// digits, because a JSON number loses bits beyond 2^53 in many readers.
    pub digest: Digest,
    /// Two for each neighbour.
    pub links: Vec<LinkStatus>,
    /// How queries to the places provider ended.
    pub places: Counts,
    /// What is written down.
    pub journal: JournalStatus,
}

/// Whether a server takes clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It does.
    Ready,
    /// It was told to end.
    Draining,
}

/// One of the two links with a neighbour.
#[derive(Clone, Debug, Serialize)]
pub struct LinkStatus {
    /// The neighbour's name.
    pub peer: String,
    /// Who dials.
    pub direction: Direction,
    /// Whether HELLO was exchanged and the link has not ended.
    pub up: bool,
    /// When it was gained; `null` when it is down. RFC 3339.
    #[serde(serialize_with = "rfc3339")]
    pub since: Option<SystemTime>,
    /// The neighbour's end; `null` for a link that it has not dialled.
    pub address: Option<SocketAddr>,
}

/// What is written down.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct JournalStatus {
    /// `full`, `connections` or `off`.
    #[serde(serialize_with = "mode")]
    pub mode: JournalMode,
    /// Events lost since the start.
    pub dropped: u64,
}

impl Readiness {
    /// `ready` or `draining`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Draining => "draining",
        }
    }
}

impl Serialize for Readiness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut keys = serializer.serialize_struct("Readiness", 2)?;
        keys.serialize_field("ready", &(*self == Self::Ready))?;
        keys.serialize_field("state", self.as_str())?;
        keys.end()
    }
}

#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn rfc3339<S: Serializer>(since: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match since.map(Timestamp::try_from) {
        Some(Ok(stamp)) => serializer.collect_str(&stamp),
        Some(Err(_)) | None => serializer.serialize_none(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn mode<S: Serializer>(mode: &JournalMode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match mode {
        JournalMode::Full => "full",
        JournalMode::Connections => "connections",
        JournalMode::Off => "off",
    })
}
