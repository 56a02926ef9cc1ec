use std::time::{Duration, Instant, SystemTime};

/// A duration in nanoseconds; the greatest number stands for what has more than 584 years.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Nanoseconds since the run's epoch, the same for all its workers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    epoch: Instant,
    /// The epoch in nanoseconds since 1970, for the times that clients tell.
    unix_ns: u64,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { epoch: Instant::now(), unix_ns: nanos(unix) }
    }

    /// The epoch, as the system's clock told it.
    pub(crate) fn epoch(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_nanos(self.unix_ns)
    }

    pub(crate) fn now_ns(&self) -> u64 {
        nanos(self.epoch.elapsed())
    }

    pub(crate) fn unix_ns(&self, at_ns: u64) -> u64 {
        self.unix_ns.saturating_add(at_ns)
    }
}

/// The window of a run, or of a slice of it, in nanoseconds after the epoch.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "units end the names")]
pub(crate) struct Window {
    pub(crate) start_ns: u64,
    pub(crate) end_ns: u64,
    /// The length of the windows before it.
    pub(crate) earlier_ns: u64,
}

impl Window {
    pub(crate) fn length_ns(self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    /// How much of all windows had passed at this time.
    pub(crate) fn passed_ns(self, at_ns: u64) -> u64 {
        self.earlier_ns + at_ns.saturating_sub(self.start_ns)
    }

    pub(crate) fn holds(self, at_ns: u64) -> bool {
        self.start_ns <= at_ns && at_ns < self.end_ns
    }
}
