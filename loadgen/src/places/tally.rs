use serde::Serialize;

use crate::serving::CpuTime;

/// What the server has seen.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Tally {
    /// Searches taken, whatever became of them.
    pub(super) requests: u64,
    /// Searches neither answered nor given up by their client.
    pub(super) in_flight: u64,
    pub(super) max_in_flight: u64,
    /// Searches that were to fail.
    pub(super) errors: u64,
    /// Searches that were to hang.
    pub(super) hangs: u64,
    /// Requests that could not be served: 400, 404, 405, 431.
    pub(super) refused: u64,
    /// Connections taken.
    pub(super) connections: u64,
}

/// The counts as they are reported.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    tally: &'a Tally,
    /// `None` where the system does not say.
    cpu_s: Option<CpuTime>,
}

impl Tally {
    pub(super) fn begin(&mut self) {
        self.requests += 1;
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
    }

    pub(super) fn end(&mut self) {
        self.in_flight -= 1;
    }

    /// One JSON object, with the processor time that this process has used.
    pub(super) fn json(&self) -> String {
        let report = Report { tally: self, cpu_s: CpuTime::now().ok() };
        // Numbers always have a JSON text.
        serde_json::to_string(&report).unwrap_or_default()
    }
}
