use loadgen::result::{Percentiles, Quantile, RunResult, Verdict};

use super::stalls::StallProbe;
use crate::results::Run;

/// A window longer than this was not measured by anybody.
const LONGEST_WINDOW_S: f64 = 86_400.0;
/// So many requests are not sent in a day, and their sums are free of overflow.
const MOST_REQUESTS: u64 = 1_000_000_000_000;
/// How far a rate may lie from its count over its window: both are of the same run.
const RATE_TOLERANCE: f64 = 0.01;

/// What the load generator saw in one window.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Figures {
    /// Length of the window, seconds.
    pub(in crate::analysis) window_s: f64,
    /// Load before it, seconds.
    pub(in crate::analysis) warmup_s: f64,
    /// Requests whose intended start lies in it.
    pub(in crate::analysis) requests: u64,
    /// Right replies in it; at least one.
    pub(in crate::analysis) completed: u64,
    /// Requests that failed.
    pub(in crate::analysis) failed: u64,
    /// Right replies a second.
    pub(in crate::analysis) throughput_per_s: f64,
    /// Requests due a second.
    pub(in crate::analysis) offered_per_s: f64,
    /// The server's processor time, seconds; none where it was not read.
    pub(in crate::analysis) server_cpu_s: Option<f64>,
    /// Latency from the intended start.
    pub(in crate::analysis) percentiles: Percentiles,
    /// What the generator says of itself.
    pub(in crate::analysis) reasons: Verdict,
    /// FNV-1a of the first requests.
    pub(in crate::analysis) trace_hash: String,
    /// Right replies in each whole second.
    pub(in crate::analysis) seconds: Vec<u64>,
    /// The spin probes before and after.
    pub(in crate::analysis) stalls: Vec<StallProbe>,
    /// The result that all of it is from.
    pub(in crate::analysis) result: RunResult,
}

impl Figures {
    /// Reads a load generator's result; why it cannot be used, if so.
    pub(super) fn of(run: &Run, processors: u32) -> Result<Self, String> {
        let figures = Self::from_result(run.result()?);
        figures.check(processors)?;
        Ok(figures)
    }

    /// What the server spent on one right reply, µs; none where its processor time was not read.
    pub(in crate::analysis) fn cpu_per_request_us(&self) -> Option<f64> {
        self.server_cpu_s.map(|cpu_s| cpu_s * 1e6 / self.completed as f64)
    }

    fn from_result(result: RunResult) -> Self {
        let stalls = [&result.stalls.before, &result.stalls.after];
        Self {
            window_s: result.window_s,
            warmup_s: result.plan.warmup_s,
            requests: result.requests,
            completed: result.completed,
            failed: result.faults.total(),
            throughput_per_s: result.throughput_per_s,
            offered_per_s: result.offered_per_s,
            server_cpu_s: result.spent.server.map(|cpu| cpu.total_s),
            percentiles: result.latency.from_intended.percentiles,
            reasons: result.verdict.reasons.clone(),
            trace_hash: result.trace_hash.clone(),
            seconds: whole_seconds(&result),
            stalls: stalls.into_iter().flatten().filter_map(StallProbe::of).collect(),
            result,
        }
    }

    fn check(&self, processors: u32) -> Result<(), String> {
        let rate_of = |count: u64| count as f64 / self.window_s;
        let agree = |rate: f64, count: u64| (rate - rate_of(count)).abs() <= RATE_TOLERANCE * rate_of(count);
        let usable_s = (self.window_s + 1.0) * f64::from(processors.max(1));
        let checks = [
            (self.window_s > 0.0 && self.window_s <= LONGEST_WINDOW_S, "its window has no such length"),
            (self.requests.max(self.completed) <= MOST_REQUESTS, "it has more requests than anybody can send"),
            (self.completed > 0, "not one right reply came in its window"),
            (self.seconds.iter().all(|one| *one <= self.completed), "a second has more replies than the window"),
            (agree(self.throughput_per_s, self.completed), "its throughput is not its replies over its window"),
            (agree(self.offered_per_s, self.requests), "its offered rate is not its requests over its window"),
            (self.failed <= self.requests, "more requests failed than were asked"),
            (
                self.server_cpu_s.is_none_or(|cpu_s| (0.0..=usable_s).contains(&cpu_s)),
                "the server's processor time is more than the machine has",
            ),
            (ascend(&self.percentiles), "its percentiles do not ascend from above zero"),
            (!self.reasons.interrupted, "it was interrupted"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, why)) => Err((*why).to_owned()),
            None => Ok(()),
        }
    }
}

/// Replies of the seconds that lie wholly in the window: the last one may be cut off by its end.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a window of at most a day, else refused")]
fn whole_seconds(result: &RunResult) -> Vec<u64> {
    let whole = (result.window_s.clamp(0.0, LONGEST_WINDOW_S) + 1e-3).floor() as usize;
    result.seconds.iter().take(whole).map(|second| second.completed).collect()
}

fn ascend(percentiles: &Percentiles) -> bool {
    let us: Vec<f64> = percentiles
        .named()
        .into_iter()
        .filter_map(|(_, quantile)| match quantile {
            Quantile::Exactly(us) | Quantile::AtLeast(us) => Some(us),
            Quantile::TooFew => None,
        })
        .collect();
    us.first().is_none_or(|first| *first > 0.0) && us.windows(2).all(|pair| pair[0] <= pair[1])
}
