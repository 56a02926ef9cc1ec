use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

use super::register::{counter, gauge};

/// The counters of the threads that serve clients. An engine without such threads leaves them at zero.
#[derive(Debug)]
pub struct ThreadMetrics {
    started: Counter,
    reused: Counter,
    cached: Gauge,
}

impl ThreadMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            started: counter(registry, "client_threads_started", "Threads started for a client"),
            reused: counter(
                registry,
                "client_threads_reused",
                "Clients served by a thread that had waited in the cache",
            ),
            cached: gauge(registry, "client_threads_cached", "Threads that wait for a client"),
        }
    }

    /// A thread was started for a client.
    pub fn started(&self) {
        self.started.inc();
    }

    /// A thread that waited was handed a client.
    pub fn reused(&self) {
        self.reused.inc();
    }

    /// So many threads wait now.
    pub fn cached(&self, threads: usize) {
        self.cached.set(i64::try_from(threads).unwrap_or(i64::MAX));
    }
}
