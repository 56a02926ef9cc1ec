use serde::{Deserialize, Serialize};

use super::{Document, RunResult};

/// What `loadgen race --json` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RaceResult {
    /// [`RaceResult::FORMAT`].
    pub format: String,
    /// The version of the package that wrote it.
    pub loadgen_version: String,
    /// When the first slice began, in seconds since 1970.
    pub started_unix_s: f64,
    /// What the order of slices, and every trace, is drawn from.
    pub seed: u64,
    /// Length of a slice's window, in seconds.
    pub slice_s: f64,
    /// Load at the start of a slice that is not measured, in seconds.
    pub lead_s: f64,
    /// Steps of the speed probe's work; two races with the same number can be compared by its times.
    pub probe_steps: u32,
    /// Whether somebody ended the race early.
    pub interrupted: bool,
    /// The servers that were raced, in the order in which they were named.
    pub servers: Vec<RaceServer>,
    /// Servers that could not be raced, where that does not end the race.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// The slices, in the order in which they were driven.
    pub slices: Vec<Slice>,
    /// The speed probe after the last slice.
    pub last_probe_us: Vec<f64>,
}

/// What a server did over all its slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RaceServer {
    /// How it was named.
    pub name: String,
    /// The sum of its slices, as one run; its window is the sum of theirs.
    pub run: RunResult,
}

/// A server that could not be raced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// How it was named.
    pub name: String,
    /// Why.
    pub why: String,
}

/// A stretch of load on one server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// Whose it was: a place among `servers`.
    pub server: usize,
    /// When it began, in seconds after the first one.
    pub started_s: f64,
    /// Length of its window, between the moments at which the clocks were read, in seconds.
    pub window_s: f64,
    /// Right replies from its first request, before the window, until nothing was in flight.
    pub replies: u64,
    /// The server's processor time for them, in seconds; none where its process is not known. Nothing is in flight at either
    /// end, so that no reply's cost is counted in part.
    pub server_cpu_s: Option<f64>,
    /// That of the further processes of its entry, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others_cpu_s: Vec<Option<f64>>,
    /// The generator's processor time, likewise.
    pub client_cpu_s: Option<f64>,
    /// Processor time of all other servers of the race from the start of the slice's lead until nothing was in flight, in
    /// seconds; it should be next to none.
    #[serde(default)]
    pub waiting_cpu_s: f64,
    /// Length of that time, in seconds.
    #[serde(default)]
    pub whole_s: f64,
    /// How long replies were awaited after the window until none was due any more, in seconds.
    pub drained_s: f64,
    /// The speed probe just before it: how long the work took each processor, in µs.
    pub probe_us: Vec<f64>,
    /// Whether the server did not come to rest after it and was stopped (SIGSTOP) until its next one.
    pub stopped_after: bool,
}

impl Document for RaceResult {
    const FORMAT: &'static str = "loadgen-race/2";
}
