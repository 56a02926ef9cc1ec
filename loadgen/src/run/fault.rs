use serde::Serialize;

/// How a request failed. Each request fails in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A whole reply, but not to this request.
    Wrong,
    /// The connection ended in the middle of the reply.
    Short,
    /// The server took the connection and said `ERR`.
    Refused,
    /// The connection was reset.
    Reset,
    /// The connection ended before the reply began.
    Closed,
    /// No reply within the time-out; or an earlier request of this connection had none, and it was given up.
    TimedOut,
    /// No end within a time-out after the window: in flight, or still waiting for a connection.
    Unfinished,
}

/// Failed requests, by how they failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
    /// Counts a failed request.
    pub(super) fn count(&mut self, fault: Fault) {
        *match fault {
            Fault::Wrong => &mut self.wrong,
            Fault::Short => &mut self.short,
            Fault::Refused => &mut self.refused,
            Fault::Reset => &mut self.reset,
            Fault::Closed => &mut self.closed,
            Fault::TimedOut => &mut self.timed_out,
            Fault::Unfinished => &mut self.unfinished,
        } += 1;
    }

    /// All failed requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.named().iter().map(|(_, count)| count).sum()
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

    pub(super) fn add(&mut self, other: &Self) {
        self.wrong += other.wrong;
        self.short += other.short;
        self.refused += other.refused;
        self.reset += other.reset;
        self.closed += other.closed;
        self.timed_out += other.timed_out;
        self.unfinished += other.unfinished;
    }
}

/// What happened to connections, over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Links {
    /// Connections that were established.
    pub opened: u64,
    /// Dials that were refused.
    pub refused: u64,
    /// Dials that failed in another way, or took longer than the time-out.
    pub failed: u64,
    /// Connections that ended without our asking, with requests in flight or not.
    pub lost: u64,
    /// Replies that nobody had asked for.
    pub extra: u64,
    /// Right WHATSAT replies whose status names a failure of the places provider.
    pub without_places: u64,
}

impl Links {
    pub(super) fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.refused += other.refused;
        self.failed += other.failed;
        self.lost += other.lost;
        self.extra += other.extra;
        self.without_places += other.without_places;
    }
}
