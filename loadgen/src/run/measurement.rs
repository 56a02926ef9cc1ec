use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;

use super::{
    Ceiling, Latencies, Plan,
    client::WorkerReport,
    measure::{SlowRequest, Tally, Times, known, processors_of},
    schedule::trace_hash,
    verdict::{Evidence, is_offered},
};
use crate::result::{
    CeilingShare, ConnectionCounts, Convergence, Document, Faults, HeldDuringRun, LatencyByOrigin, RunResult,
    SecondRow, SlowAnswer, Spent, StallProbes, Stalls, Verdict, VerdictWithLine,
};

/// What the coordinator has read beside what the workers measured.
#[derive(Debug)]
pub(crate) struct CoordinatorReadings {
    pub(crate) started: SystemTime,
    pub(crate) window: Duration,
    pub(crate) spent: Spent,
    pub(crate) held: Option<HeldDuringRun>,
    pub(crate) stalls: (Option<Stalls>, Option<Stalls>),
    pub(crate) interrupted: bool,
    /// Start of the window in nanoseconds after the epoch.
    pub(crate) start_ns: u64,
    /// Whether the servers of the plan's herd came to hold what was acknowledged.
    pub(crate) settled: Vec<Convergence>,
    /// From the intended start until an update came to the fake peer, where there is one.
    pub(crate) seen_at_seat: Option<Latencies>,
}

/// All that a run has found.
#[derive(Debug)]
pub struct Measurement {
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
    pub(crate) times: Times<Histogram<u64>>,
    pub(crate) tally: Tally,
    pub(crate) readings: CoordinatorReadings,
}

impl Measurement {
    pub(crate) fn new(plan: &Plan, reports: Vec<WorkerReport>, readings: CoordinatorReadings) -> Self {
        let mut tally = Tally::new();
        for report in &reports {
            tally.add(&report.tally);
        }
        let busy: Vec<f64> = reports.iter().map(|report| report.busy).collect();
        let times = tally.times.whole();
        let latencies = |finished| Latencies::new(finished, &times.censored);
        let intended = latencies(&times.intended);
        let mut verdict = Verdict::of(&Evidence {
            wake_lag_p99_us: times.wake_lag.value_at_quantile(0.99) as f64 / 1e3,
            latency_p99_us: times.intended.value_at_quantile(0.99) as f64 / 1e3,
            busiest: busy.iter().copied().fold(0.0, f64::max),
            server_share: server_share(plan, &readings),
            due: tally.due,
            seen_in_time: tally.seen_in_time,
            idle_share: readings.spent.idle_share,
            is_open: plan.is_open(),
            out_of_ports: tally.links.out_of_ports,
        });
        verdict.overloaded = reports.into_iter().find_map(|report| report.overloaded);
        verdict.interrupted = readings.interrupted;
        let (seen, written, window) = (latencies(&times.seen), latencies(&times.written), readings.window);
        Self {
            plan: plan.clone(),
            verdict,
            intended,
            seen,
            written,
            window,
            busy,
            ceiling: None,
            times,
            tally,
            readings,
        }
    }

    /// Measured requests that failed, by how.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.tally.faults
    }

    /// What happened to connections.
    #[must_use]
    pub fn links(&self) -> &ConnectionCounts {
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
        is_offered(self.tally.due, self.tally.seen_in_time)
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
        &self.readings.spent
    }

    /// The first few replies that were wrong, and farewells.
    #[must_use]
    pub fn kept(&self) -> &[String] {
        &self.tally.kept
    }

    /// The result as `--json` writes it.
    #[must_use]
    pub fn result(&self) -> RunResult {
        let (tally, times, readings) = (&self.tally, &self.times, &self.readings);
        let (before, after) = readings.stalls.clone();
        RunResult {
            format: RunResult::FORMAT.to_owned(),
            loadgen_version: env!("CARGO_PKG_VERSION").to_owned(),
            started_unix_s: unix_s(readings.started),
            plan: self.plan.written(),
            trace_hash: trace_hash(&self.plan),
            verdict: VerdictWithLine { line: self.verdict.line(), reasons: self.verdict.clone() },
            window_s: self.window.as_secs_f64(),
            requests: tally.due,
            seen_in_time: tally.seen_in_time,
            written_in_time: tally.written_in_time,
            completed: tally.completed,
            offered_per_s: self.offered_per_s(),
            throughput_per_s: self.throughput_per_s(),
            faults: tally.faults,
            connections: tally.links,
            replies: tally.replies,
            bytes_in: tally.bytes_in,
            latency: LatencyByOrigin {
                from_intended: self.intended.written(),
                from_seen: self.seen.written(),
                from_written: self.written.written(),
                censored_ages: known(&times.censored),
            },
            wake_lag: known(&times.wake_lag),
            connection_wait: known(&times.connection_wait),
            connect: known(&times.connect),
            first_reply: known(&times.first_reply),
            slowest: tally.slowest.iter().map(|slow| self.slow_answer(slow)).collect(),
            kept_replies: tally.kept.clone(),
            settled: readings.settled.clone(),
            seen_at_seat: readings.seen_at_seat.as_ref().map(Latencies::written),
            seconds: self.seconds(),
            busy: self.busy.clone(),
            spent: readings.spent.clone(),
            server: readings.held,
            ceiling: self.ceiling_share(),
            stalls: StallProbes { before, after },
        }
    }

    fn slow_answer(&self, slow: &SlowRequest) -> SlowAnswer {
        SlowAnswer {
            latency_us: slow.latency_ns as f64 / 1e3,
            intended_s: slow.intended_ns.saturating_sub(self.readings.start_ns) as f64 / 1e9,
            connection: slow.connection,
            in_flight: slow.in_flight,
        }
    }

    fn ceiling_share(&self) -> Option<CeilingShare> {
        let Ceiling { throughput_per_s, measured_unix_s, of } = self.ceiling.clone()?;
        Some(CeilingShare { throughput_per_s, share: self.share_of_ceiling(), measured_unix_s, of })
    }
}

/// What of the processors that it can use the server used.
fn server_share(plan: &Plan, readings: &CoordinatorReadings) -> Option<f64> {
    let server = plan.server?;
    let allowed = processors_of(server.pid)?;
    let usable = server.processors.unwrap_or(allowed).min(allowed).max(1);
    Some(readings.spent.server?.total_s / (readings.window.as_secs_f64() * f64::from(usable)))
}

fn unix_s(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
