use super::tally::{Sample, Tally, Window};

/// What a worker records of its requests, for the bench of what that costs. Hidden, as it is no way to measure anything.
#[derive(Debug)]
pub struct Recording {
    tally: Tally,
    window: Window,
}

impl Default for Recording {
    fn default() -> Self {
        Self { tally: Tally::new(), window: Window { start_ns: 0, end_ns: u64::MAX } }
    }
}

impl Recording {
    /// Records all that is recorded of one request that is answered: that it is due, written, and done. In nanoseconds.
    pub fn request(&mut self, intended_ns: u64, seen_ns: u64, written_ns: u64, done_ns: u64) {
        self.tally.due(self.window, intended_ns, seen_ns);
        self.tally.written(self.window, seen_ns, written_ns);
        self.tally.replied(self.window, done_ns);
        let sample = Sample { intended_ns, seen_ns, written_ns, done_ns, connection: 0, in_flight: 1 };
        self.tally.record(self.window, &sample);
    }

    /// How many were recorded.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.tally.due
    }
}
