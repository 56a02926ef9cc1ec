//! What the load generator saw in one window, checked; whether the run kept its pace, and what the machine did by itself.

use loadgen::result::{Percentiles, Quantile, RunResult, Stalls, Verdict};

use crate::results::{Run, RunSlice};

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
    /// Its slices, where it was raced with others.
    pub(in crate::analysis) slices: Vec<RunSlice>,
    /// The result that all of it is from.
    pub(in crate::analysis) result: RunResult,
}

impl Figures {
    /// Reads a load generator's result; why it cannot be used, if so.
    pub(super) fn of(run: &Run, processors: u32) -> Result<Self, String> {
        let figures = Self { slices: run.slices.clone(), ..Self::from_result(run.result()?) };
        figures.check(processors)?;
        Ok(figures)
    }

    /// What the server spent on one right reply, µs; none where its processor time was not read.
    pub(in crate::analysis) fn cpu_per_request_us(&self) -> Option<f64> {
        if !self.slices.is_empty() {
            return per_reply_us(&self.slices);
        }
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
            slices: Vec::new(),
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

/// Processor time and replies of slices are read at the same moments; the sum of all, not the mean of ratios.
fn per_reply_us(slices: &[RunSlice]) -> Option<f64> {
    let cpu_us: u64 = slices.iter().map(|slice| slice.server_cpu_us).sum::<Option<u64>>()?;
    let replies: u64 = slices.iter().map(|slice| slice.replies).sum();
    (replies > 0).then(|| cpu_us as f64 / replies as f64)
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

/// A spin probe that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::analysis) struct StallProbe(pub(in crate::analysis) Stalls);

impl StallProbe {
    /// Takes a probe in; none where it makes no sense.
    pub(in crate::analysis) fn of(stalls: &Stalls) -> Option<Self> {
        let probe = Self(stalls.clone());
        let is_sound = (0.0..=1.0).contains(&stalls.share) && stalls.longest_us >= 0.0 && probe.probed_s() > 0.0;
        (is_sound && probe.are_lengths_sound()).then_some(probe)
    }

    /// Whether its lengths are what it says of them.
    fn are_lengths_sound(&self) -> bool {
        let Stalls { lengths_us, longest_us, .. } = &self.0;
        lengths_us.is_sorted_by(|one, next| one >= next) && lengths_us.iter().all(|us| (0.0..=*longest_us).contains(us))
    }

    /// Time probed over all processors, seconds.
    pub(in crate::analysis) fn probed_s(&self) -> f64 {
        self.0.processors as f64 * self.0.probe_ms / 1e3
    }
}

/// By how much the last third may differ from the middle third (METHOD 2.1).
const TOLERANCE: f64 = 0.10;

/// Whether a run kept its pace, from what it completed in each of its equal slices of time: seconds, or tenths of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::analysis) enum Steadiness {
    /// The last third differs from the middle third by at most 10 % of it.
    Steady {
        /// The last third over the middle third, minus 1.
        change: f64,
    },
    /// It differs by more: the run says so.
    NotSteady {
        /// The last third over the middle third, minus 1; infinite where nothing was completed in the middle.
        change: f64,
    },
    /// There are fewer than three slices, or nothing was completed in the last two thirds.
    NothingToCompare,
}

impl Steadiness {
    /// Compares the last third of the slices with as many before them; what does not divide by three is left to the first.
    pub(in crate::analysis) fn of(completed: &[u64]) -> Self {
        let third = completed.len() / 3;
        let (before, last) = completed.split_at(completed.len() - third);
        let middle = &before[before.len() - third..];
        match (middle.iter().sum::<u64>(), last.iter().sum::<u64>()) {
            (0, 0) => Self::NothingToCompare,
            (middle, last) => Self::from_change((last as f64 - middle as f64) / middle as f64),
        }
    }

    fn from_change(change: f64) -> Self {
        // A change of exactly 10 % must not fail by the last digit of a quotient.
        if change.abs() <= TOLERANCE + 1e-12 { Self::Steady { change } } else { Self::NotSteady { change } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_third_against_the_middle_third() {
        assert_eq!(Steadiness::of(&[1, 50, 50, 50, 55, 55]), Steadiness::Steady { change: 0.1 });
        assert_eq!(Steadiness::of(&[900, 100, 100, 100, 100, 100]), Steadiness::Steady { change: 0.0 });
        assert_eq!(Steadiness::of(&[0, 0, 100, 100, 100, 125]), Steadiness::NotSteady { change: 0.125 });
    }

    #[test]
    fn what_does_not_divide_is_warm_up() {
        // Seven slices: the first three are the first third.
        assert_eq!(Steadiness::of(&[0, 0, 9, 10, 10, 10, 10]), Steadiness::Steady { change: 0.0 });
    }

    #[test]
    fn runs_that_stop_or_start_are_not_steady() {
        assert_eq!(Steadiness::of(&[5, 5, 0]), Steadiness::NotSteady { change: -1.0 });
        assert_eq!(Steadiness::of(&[5, 0, 5]), Steadiness::NotSteady { change: f64::INFINITY });
    }

    #[test]
    fn nothing_is_neither() {
        for slices in [&[][..], &[7, 7][..], &[7, 0, 0][..]] {
            assert_eq!(Steadiness::of(slices), Steadiness::NothingToCompare);
        }
    }
}
