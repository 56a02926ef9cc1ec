use procfs::process::Process;

use crate::{result::PlacesStats, run::processor_time};

impl PlacesStats {
    /// A search is taken.
    pub(super) fn begin(&mut self) {
        self.requests += 1;
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
    }

    /// A search is answered, or its client has given it up.
    pub(super) fn end(&mut self) {
        self.in_flight -= 1;
    }

    /// One JSON object, with the processor time that this process has used.
    pub(super) fn json(&self) -> String {
        let cpu_s = Process::myself().ok().and_then(|process| processor_time(&process));
        let now = Self { cpu_s, ..*self };
        // Numbers always have a JSON text.
        serde_json::to_string(&now).unwrap_or_default()
    }
}
