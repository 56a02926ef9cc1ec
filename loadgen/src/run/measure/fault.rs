use crate::result::{ConnectionCounts, Faults};

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

impl Faults {
    /// Counts a failed request.
    pub(crate) fn count(&mut self, fault: Fault) {
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

    pub(crate) fn add(&mut self, other: &Self) {
        self.wrong += other.wrong;
        self.short += other.short;
        self.refused += other.refused;
        self.reset += other.reset;
        self.closed += other.closed;
        self.timed_out += other.timed_out;
        self.unfinished += other.unfinished;
    }
}

impl ConnectionCounts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.refused += other.refused;
        self.failed += other.failed;
        self.out_of_ports += other.out_of_ports;
        self.lost += other.lost;
        self.extra += other.extra;
        self.without_places += other.without_places;
    }
}
