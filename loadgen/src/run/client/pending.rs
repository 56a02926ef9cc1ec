use crate::run::{measure::Counting, schedule::Request};

/// An arrival that waits for its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) request: Request,
    pub(crate) intended_ns: u64,
    pub(crate) seen_ns: u64,
    pub(crate) counting: Counting,
    /// Whether it belongs to the load, not to what prepares it or keeps a connection alive.
    pub(crate) is_load: bool,
}

/// A request that has been written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    pub(crate) request: Request,
    /// The client's time of an IAMAT, in nanoseconds since 1970.
    pub(crate) stamp_ns: u64,
    pub(crate) intended_ns: u64,
    pub(crate) seen_ns: u64,
    pub(crate) written_ns: u64,
    pub(crate) counting: Counting,
    pub(crate) is_load: bool,
    /// Requests of the worker in flight when this one was written, itself included.
    pub(crate) in_flight: u32,
}
