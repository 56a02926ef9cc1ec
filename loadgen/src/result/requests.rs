use serde::{Deserialize, Serialize};

/// Failed requests, by how they failed. Each request fails in one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// A whole reply that is not right.
    pub wrong: u64,
    /// A reply cut off by the end of the connection.
    pub short: u64,
    /// Turned away by the server with `ERR`.
    pub refused: u64,
    /// The connection was reset.
    pub reset: u64,
    /// The connection ended before the reply.
    pub closed: u64,
    /// No reply in time.
    pub timed_out: u64,
    /// No end within a time-out after the window.
    pub unfinished: u64,
}

impl Faults {
    /// All failed requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.named().iter().map(|(_, count)| count).fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Each count with its name.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 7] {
        [
            ("wrong", self.wrong),
            ("short", self.short),
            ("refused", self.refused),
            ("reset", self.reset),
            ("closed", self.closed),
            ("timed out", self.timed_out),
            ("unfinished", self.unfinished),
        ]
    }
}

/// What happened to connections, over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionCounts {
    /// Connections that were established.
    pub opened: u64,
    /// Dials that were refused.
    pub refused: u64,
    /// Dials that failed in another way, or took longer than the time-out.
    pub failed: u64,
    /// Of these, dials for which this machine had no port left: the generator's own.
    #[serde(default, skip_serializing_if = "is_none")]
    pub out_of_ports: u64,
    /// Connections that ended without our asking, with requests in flight or not.
    pub lost: u64,
    /// Replies that nobody had asked for.
    pub extra: u64,
    /// Right WHATSAT replies whose status names a failure of the places provider.
    pub without_places: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// One of the slowest answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlowAnswer {
    /// From the intended start, in µs.
    pub latency_us: f64,
    /// The intended start, in seconds after the start of the window.
    pub intended_s: f64,
    /// The connection's number.
    pub connection: u32,
    /// Requests of its worker that were in flight when it was written, itself included.
    pub in_flight: u32,
}

/// One second of the window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecondRow {
    /// Seconds since the start of the window; the last one may be cut off by its end.
    pub second: u64,
    /// Requests intended to start in this second.
    pub due: u64,
    /// Right replies that came in this second.
    pub completed: u64,
    /// Requests that failed in this second.
    pub failed: u64,
    /// Latency of the answered requests that were intended to start in this second, from their intended start, in µs; it
    /// leaves failed ones out.
    pub p50_us: f64,
    /// 99th percentile, likewise.
    pub p99_us: f64,
    /// The longest, likewise.
    pub max_us: f64,
}
