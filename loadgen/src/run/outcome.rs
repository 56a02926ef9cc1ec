use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Serializer, V2DeflateSerializer},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Ceiling, Faults, Latencies, Links, Pace, Plan, Quantile, SecondRow, Settled, Verdict, Workload,
    arrivals::trace_hash,
    machine::{Held, Spent, processors_of},
    stalls::Stalls,
    tally::{Slow, Tally},
    times::Times,
    verdict::Evidence,
    worker::Finding,
};

/// The name of the schema of `--json`; README of loadgen documents it.
pub const FORMAT: &str = "loadgen-run/1";
/// The percentiles that are printed and written, in parts of a million, with their names.
pub const PERCENTILES: [(&str, u64); 6] =
    [("p50", 500_000), ("p75", 750_000), ("p90", 900_000), ("p99", 990_000), ("p99.9", 999_000), ("p99.99", 999_900)];

/// What the conductor has read beside what the workers measured.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) started: SystemTime,
    pub(super) window: Duration,
    pub(super) spent: Spent,
    pub(super) held: Option<(Held, Held)>,
    pub(super) stalls: (Option<Stalls>, Option<Stalls>),
    pub(super) interrupted: bool,
    /// Start of the window in nanoseconds after the epoch.
    pub(super) start_ns: u64,
    /// Whether the servers of the plan's herd came to hold what was acknowledged.
    pub(super) settled: Vec<Settled>,
    /// From the intended start until an update came to the seat, where one is held.
    pub(super) seen_at_seat: Option<Latencies>,
}

/// All that a run has found.
#[derive(Debug)]
pub struct Outcome {
    /// What was run.
    pub plan: Plan,
    /// What the generator says of itself.
    pub verdict: Verdict,
    /// Latency from the intended start, failed requests included.
    pub intended: Latencies,
    /// Latency from when the generator saw the request due, likewise.
    pub seen: Latencies,
    /// Latency from when it was written, likewise.
    pub written: Latencies,
    /// Length of the window.
    pub window: Duration,
    /// Each worker's share of the window that it was not waiting.
    pub busy: Vec<f64>,
    /// What the generator reaches with this shape of load against a null server, where somebody has looked it up.
    pub ceiling: Option<Ceiling>,
    pub(super) times: Times<Histogram<u64>>,
    pub(super) tally: Tally,
    pub(super) around: Surroundings,
}

impl Outcome {
    pub(super) fn new(plan: &Plan, findings: Vec<Finding>, around: Surroundings) -> Self {
        let mut tally = Tally::new();
        for finding in &findings {
            tally.add(&finding.tally);
        }
        let busy: Vec<f64> = findings.iter().map(|finding| finding.busy).collect();
        let times = tally.times.whole();
        let latencies = |finished| Latencies::new(finished, &times.censored);
        let intended = latencies(&times.intended);
        let mut verdict = Verdict::of(&Evidence {
            wake_lag_p99_us: times.wake_lag.value_at_quantile(0.99) as f64 / 1e3,
            latency_p99_us: times.intended.value_at_quantile(0.99) as f64 / 1e3,
            busiest: busy.iter().copied().fold(0.0, f64::max),
            server_share: server_share(plan, &around),
            due: tally.due,
            seen_in_time: tally.seen_in_time,
            idle_share: around.spent.idle_share,
            is_open: plan.is_open(),
        });
        verdict.overloaded = findings.into_iter().find_map(|finding| finding.overloaded);
        verdict.interrupted = around.interrupted;
        let (seen, written, window) = (latencies(&times.seen), latencies(&times.written), around.window);
        Self { plan: plan.clone(), verdict, intended, seen, written, window, busy, ceiling: None, times, tally, around }
    }

    /// Measured requests that failed, by how.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.tally.faults
    }

    /// What happened to connections.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.tally.links
    }

    /// Requests whose intended start lies in the window.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.tally.due
    }

    /// Right replies within the window, whenever they were asked for.
    #[must_use]
    pub fn completed(&self) -> u64 {
        self.tally.completed
    }

    /// Right replies a second.
    #[must_use]
    pub fn throughput_per_s(&self) -> f64 {
        self.tally.completed as f64 / self.window.as_secs_f64().max(1e-9)
    }

    /// Right replies a second as a share of the ceiling, where that is known.
    #[must_use]
    pub fn share_of_ceiling(&self) -> Option<f64> {
        let ceiling = self.ceiling.as_ref()?;
        Some(self.throughput_per_s() / ceiling.throughput_per_s.max(1e-9))
    }

    /// Requests due a second, as drawn.
    #[must_use]
    pub fn offered_per_s(&self) -> f64 {
        self.tally.due as f64 / self.window.as_secs_f64().max(1e-9)
    }

    /// Failed requests as a share of all.
    #[must_use]
    pub fn failed_share(&self) -> f64 {
        self.tally.faults.total() as f64 / (self.tally.due.max(1)) as f64
    }

    /// Whether the load was sent as the plan says: at least 99 % of what was due in the window was seen in it.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        super::verdict::is_offered(self.tally.due, self.tally.seen_in_time)
    }

    /// The window second by second.
    #[must_use]
    pub fn seconds(&self) -> Vec<SecondRow> {
        let mut rows = self.tally.seconds.rows();
        let seconds = self.window.as_nanos().div_ceil(1_000_000_000).max(1);
        rows.truncate(usize::try_from(seconds).unwrap_or(usize::MAX));
        rows
    }

    /// Processor time and stalls in the window.
    #[must_use]
    pub fn spent(&self) -> &Spent {
        &self.around.spent
    }

    /// The first few replies that were wrong, and farewells.
    #[must_use]
    pub fn kept(&self) -> &[String] {
        &self.tally.kept
    }

    /// The result as `--json` writes it.
    #[must_use]
    pub fn json(&self) -> Value {
        let (tally, times) = (&self.tally, &self.times);
        json!({
            "format": FORMAT,
            "loadgen_version": env!("CARGO_PKG_VERSION"),
            "started_unix_s": unix_s(self.around.started),
            "plan": plan_json(&self.plan),
            "trace_hash": trace_hash(&self.plan),
            "verdict": { "line": self.verdict.line(), "reasons": self.verdict },
            "window_s": self.window.as_secs_f64(),
            "requests": tally.due,
            "seen_in_time": tally.seen_in_time,
            "written_in_time": tally.written_in_time,
            "completed": tally.completed,
            "offered_per_s": self.offered_per_s(),
            "throughput_per_s": self.throughput_per_s(),
            "faults": tally.faults,
            "connections": tally.links,
            "replies": tally.replies,
            "bytes_in": tally.bytes_in,
            "latency": {
                "from_intended": latency_json(&self.intended, &times.intended),
                "from_seen": latency_json(&self.seen, &times.seen),
                "from_written": latency_json(&self.written, &times.written),
                "censored_ages": histogram_json(&times.censored),
            },
            "wake_lag": histogram_json(&times.wake_lag),
            "connection_wait": histogram_json(&times.connection_wait),
            "connect": histogram_json(&times.connect),
            "first_reply": histogram_json(&times.first_reply),
            "slowest": tally.slowest.iter().map(|slow| self.slow_json(slow)).collect::<Vec<_>>(),
            "kept_replies": tally.kept,
            "settled": self.around.settled,
            "seen_at_seat": self.around.seen_at_seat.as_ref().map(|seen| latency_json(seen, seen.finished())),
            "seconds": self.seconds(),
            "busy": self.busy,
            "spent": self.around.spent,
            "server": self.around.held.map(|(opened, end)| json!({ "opened": opened, "end": end })),
            "ceiling": self.ceiling.as_ref().map(|ceiling| json!({
                "throughput_per_s": ceiling.throughput_per_s,
                "share": self.share_of_ceiling(),
                "measured_unix_s": ceiling.measured_unix_s,
                "of": ceiling.of,
            })),
            "stalls": { "before": self.around.stalls.0, "after": self.around.stalls.1 },
        })
    }

    fn slow_json(&self, slow: &Slow) -> Value {
        json!({
            "latency_us": slow.latency_ns as f64 / 1e3,
            "intended_s": slow.intended_ns.saturating_sub(self.around.start_ns) as f64 / 1e9,
            "connection": slow.connection,
            "in_flight": slow.in_flight,
        })
    }
}

/// What of the processors that it can use the server used.
fn server_share(plan: &Plan, around: &Surroundings) -> Option<f64> {
    let server = plan.server?;
    let allowed = processors_of(server.pid)?;
    let usable = server.processors.unwrap_or(allowed).min(allowed).max(1);
    Some(around.spent.server?.total_s / (around.window.as_secs_f64() * f64::from(usable)))
}

fn unix_s(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn plan_json(plan: &Plan) -> Value {
    let (pace, rate_per_s, arrivals) = match plan.pace {
        Pace::Closed => ("closed", None, None),
        Pace::Open { rate_per_s, shape } => ("open", Some(rate_per_s), Some(format!("{shape:?}").to_lowercase())),
    };
    let workload = match &plan.workload {
        Workload::Herd(load) => json!({
            "iamat": load.mix.iamat, "whatsat": load.mix.whatsat, "clients": load.clients, "skew": load.skew,
            "radius_km": [load.radius_km.start(), load.radius_km.end()], "bound": [load.bound.start(), load.bound.end()],
        }),
        Workload::Raw(load) => json!({ "raw_lines": load.lines.len(), "expect": load.expect.as_str() }),
    };
    json!({
        "targets": plan.targets.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "connections": plan.connections, "idle": plan.idle, "workers": plan.workers, "depth": plan.depth,
        "requests_per_connection": plan.requests_per_connection,
        "pace": pace, "rate_per_s": rate_per_s, "arrivals": arrivals, "workload": workload, "seed": plan.seed,
        "warmup_s": plan.warmup.as_secs_f64(), "duration_s": plan.duration.as_secs_f64(), "requests": plan.requests,
        "timeout_s": plan.timeout.as_secs_f64(), "backlog": plan.backlog,
        "abort_if_behind_s": plan.abort_if_behind.map(|longest| longest.as_secs_f64()),
        "server_pid": plan.server.map(|server| server.pid),
    })
}

fn latency_json(latencies: &Latencies, finished: &Histogram<u64>) -> Value {
    let percentiles: serde_json::Map<String, Value> =
        PERCENTILES.iter().map(|(name, at)| ((*name).to_owned(), latencies.quantile(*at).json())).collect();
    json!({
        "count": latencies.count(), "answered": finished.len(), "percentiles": percentiles,
        "max": latencies.max().json(), "hdr": hdr(finished),
    })
}

/// Percentiles of times that all are known.
fn histogram_json(histogram: &Histogram<u64>) -> Value {
    #[derive(Serialize)]
    struct Shape {
        count: u64,
        percentiles: serde_json::Map<String, Value>,
        max: Value,
        hdr: String,
    }
    let known = Latencies::known(histogram);
    let percentiles = PERCENTILES.iter().map(|(name, at)| ((*name).to_owned(), known.quantile(*at).json())).collect();
    let max = if histogram.is_empty() { Quantile::TooFew } else { known.max() };
    json!(Shape { count: histogram.len(), percentiles, max: max.json(), hdr: hdr(histogram) })
}

/// `HdrHistogram`'s V2 encoding, deflated, in base64; values are nanoseconds.
fn hdr(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    match V2DeflateSerializer::new().serialize(histogram, &mut bytes) {
        Ok(_) => STANDARD.encode(bytes),
        Err(_) => unreachable!("a vector takes all bytes and the counts fit"),
    }
}
