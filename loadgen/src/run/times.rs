use hdrhistogram::Histogram;

use super::counts::Precise;

/// What is told apart of the times of requests and connections; `T` holds each.
#[derive(Clone, Debug, Default)]
pub(super) struct Times<T> {
    /// Latency from the intended start, from when the generator saw it due, and from its writing.
    pub(super) intended: T,
    pub(super) seen: T,
    pub(super) written: T,
    /// Ages of measured requests that failed.
    pub(super) censored: T,
    /// Intended start until seen, and seen until written.
    pub(super) wake_lag: T,
    pub(super) connection_wait: T,
    pub(super) connect: T,
    pub(super) first_reply: T,
}

impl Times<Precise> {
    /// Adds what another worker has counted.
    pub(super) fn add(&mut self, other: &Self) {
        self.intended.add(&other.intended);
        self.seen.add(&other.seen);
        self.written.add(&other.written);
        self.censored.add(&other.censored);
        self.wake_lag.add(&other.wake_lag);
        self.connection_wait.add(&other.connection_wait);
        self.connect.add(&other.connect);
        self.first_reply.add(&other.first_reply);
    }

    /// All of it as histograms.
    pub(super) fn whole(&self) -> Times<Histogram<u64>> {
        Times {
            intended: self.intended.whole(),
            seen: self.seen.whole(),
            written: self.written.whole(),
            censored: self.censored.whole(),
            wake_lag: self.wake_lag.whole(),
            connection_wait: self.connection_wait.whole(),
            connect: self.connect.whole(),
            first_reply: self.first_reply.whole(),
        }
    }
}
