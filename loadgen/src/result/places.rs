use serde::{Deserialize, Serialize};

use super::CpuTime;

/// What `loadgen places` has done since its start: the answer to `GET /stats`, and the last line that it prints. It names no
/// format, as it is asked by the program that has started it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlacesStats {
    /// Searches taken, whatever became of them.
    pub requests: u64,
    /// Searches neither answered nor given up by their client, now.
    pub in_flight: u64,
    /// The most of them at once.
    pub max_in_flight: u64,
    /// Searches that were to fail.
    pub errors: u64,
    /// Searches that were to hang.
    pub hangs: u64,
    /// Requests that could not be served: status 400, 404, 405 or 431.
    pub refused: u64,
    /// Connections taken.
    pub connections: u64,
    /// Processor time of the process; none where the system does not tell.
    pub cpu_s: Option<CpuTime>,
}
