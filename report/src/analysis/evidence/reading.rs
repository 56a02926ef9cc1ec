//! One run that counts, and what it says of a metric.

use loadgen::result::Quantile;

use super::{figures::Figures, found::Found};
use crate::{
    plan::{Metric, Pace, Role, Workload},
    results::{Manifest, MemoryStep, Run, Status, TopologyLoad},
    stats::{Bound, TheilSen},
};

/// Longest time that a run of several servers can tell of, over all processors.
const LONGEST_S: f64 = 86_400.0;

/// One run that counts.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Reading<'a> {
    /// The run, whole.
    pub(in crate::analysis) run: &'a Run,
    /// Its file, from the run directory.
    pub(in crate::analysis) source: String,
    /// What the load generator saw; none in workloads of the roles `memory` and `capacity`.
    pub(in crate::analysis) figures: Option<Figures>,
    /// What a search found; none in workloads of other roles than `capacity`.
    pub(in crate::analysis) found: Option<Found>,
}

impl<'a> Reading<'a> {
    /// Reads a measured run; why it does not count, if so.
    pub(super) fn of(run: &'a Run, workload: &Workload, manifest: &Manifest) -> Result<Self, String> {
        match &run.status {
            Status::Measured => {}
            Status::Void(void) => return Err(void.detail.clone()),
            Status::Failed(why) | Status::Limit(why) => return Err(why.clone()),
        }
        if !(0.0..=manifest.plan.gates.waiting).contains(&run.waiting_cpu_share) {
            return Err(format!(
                "servers that should only wait used {:.1} % of a processor",
                run.waiting_cpu_share * 100.0
            ));
        }
        let (figures, found) = match workload.role {
            Role::Memory => check_steps(&run.memory).map(|()| (None, None))?,
            Role::Race | Role::Map | Role::Rate | Role::Herd | Role::Farthest => {
                (Some(Figures::of(run, manifest.machine.processors)?), None)
            }
            Role::Topology => check_topology(run, workload).map(|()| (None, None))?,
            Role::Capacity => {
                let objective = workload.objective.as_ref().map(ToString::to_string).unwrap_or_default();
                (None, Some(Found::of(run, &objective)?))
            }
        };
        Ok(Self { run, source: run.source(), figures, found })
    }

    /// What of a processor the stand-in for places used, over warm-up and window; none where none ran.
    pub(in crate::analysis) fn places_share(&self) -> Option<f64> {
        let (places, figures) = (self.run.places?, self.figures.as_ref()?);
        let share = places.cpu_s / (figures.warmup_s + figures.window_s);
        share.is_finite().then_some(share)
    }
}

/// Refuses what cannot be: time or requests that are no number above zero.
fn check_topology(run: &Run, workload: &Workload) -> Result<(), String> {
    let Some(used) = &run.topology else { return Err("damaged: it tells nothing of its components".to_owned()) };
    let is_time = |seconds: f64| seconds.is_finite() && (0.0..=LONGEST_S).contains(&seconds);
    let is_sound = |load: &TopologyLoad| {
        load.completed > 0
            && load.window_s > 0.0
            && is_time(load.window_s)
            && !load.components.is_empty()
            && load.components.iter().all(|component| is_time(component.cpu_s))
    };
    if !used.loads.iter().all(is_sound) {
        return Err("damaged: a load of its components has no such figures".to_owned());
    }
    let is_killed = workload.topology.is_some_and(|topology| topology.kill.is_some());
    let outage = used.outage.as_ref();
    let is_told = outage.is_some_and(|outage| {
        outage.failed <= outage.asked
            && is_time(outage.away_s)
            && is_time(outage.unanswered_s)
            && is_time(outage.unseen_s)
    });
    match (is_killed, is_told) {
        (true, false) => Err("damaged: it does not tell what came of the outage".to_owned()),
        (false, _) if used.loads.is_empty() => Err("damaged: it has no load".to_owned()),
        (true, true) | (false, _) => Ok(()),
    }
}

fn check_steps(steps: &[MemoryStep]) -> Result<(), String> {
    if steps.iter().any(|step| step.held.pss_kib.is_some()) {
        Ok(())
    } else {
        Err("damaged: memory was read at no step".to_owned())
    }
}

/// What a run says of a metric; none where it says nothing, as with too few samples for a percentile.
pub(in crate::analysis) fn measure(metric: Metric, workload: &Workload, reading: &Reading<'_>) -> Option<Bound> {
    let figures = reading.figures.as_ref();
    match metric {
        Metric::Throughput => Some(Bound::Exactly(figures?.throughput_per_s)),
        Metric::CpuPerRequest => figures?.cpu_per_request_us().map(Bound::Exactly),
        Metric::LatencyP50 => latency(figures?.percentiles.p50, workload),
        Metric::LatencyP90 => latency(figures?.percentiles.p90, workload),
        Metric::LatencyP99 => latency(figures?.percentiles.p99, workload),
        Metric::MemoryPerIdleConnection => memory_slope(&reading.run.memory, MemoryPart::Idle).map(Bound::Exactly),
        Metric::MemoryPerActiveConnection => memory_slope(&reading.run.memory, MemoryPart::Active).map(Bound::Exactly),
        Metric::Capacity => reading.found.as_ref().map(Found::capacity),
    }
}

/// The delay that latencies of this workload are given over, ms: where every request waits for places (METHOD 2.5).
pub(in crate::analysis) fn excess_over_ms(workload: &Workload) -> Option<f64> {
    workload.excess_over_ms()
}

fn latency(percentile: Quantile, workload: &Workload) -> Option<Bound> {
    let delay_us = excess_over_ms(workload).unwrap_or(0.0) * 1e3;
    match percentile {
        // The stand-in is never early: what lies below its delay is no latency of this workload.
        Quantile::Exactly(us) => (us > delay_us).then_some(Bound::Exactly(us - delay_us)),
        Quantile::AtLeast(us) if us > delay_us => Some(Bound::AtLeast(us - delay_us)),
        Quantile::AtLeast(_) => Some(Bound::Unknown),
        Quantile::TooFew => None,
    }
}

/// What of a server's memory grows with its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum MemoryPart {
    /// PSS over idle connections.
    Idle,
    /// PSS over connections that carry load.
    Active,
    /// Kernel stacks, page tables and socket buffers over idle connections.
    KernelIdle,
    /// Of these, the stacks that the kernel keeps for each thread.
    KernelStacks,
    /// The tables that map the process's memory.
    PageTables,
    /// The buffers of sockets, on both sides of loopback.
    SocketBuffers,
}

impl MemoryPart {
    /// Connections and KiB at a step; none where the step is of another kind, or was not read whole.
    pub(in crate::analysis) fn point(self, step: &MemoryStep) -> Option<(f64, f64)> {
        let is_active = match self {
            Self::Idle | Self::KernelIdle | Self::KernelStacks | Self::PageTables | Self::SocketBuffers => false,
            Self::Active => true,
        };
        if step.is_active != is_active {
            return None;
        }
        let held = &step.held;
        let kib = match self {
            Self::Idle | Self::Active => held.pss_kib?,
            Self::KernelIdle => {
                held.kernel_stacks_kib?.checked_add(held.page_tables_kib?)?.checked_add(step.tcp_kib)?
            }
            Self::KernelStacks => held.kernel_stacks_kib?,
            Self::PageTables => held.page_tables_kib?,
            Self::SocketBuffers => step.tcp_kib,
        };
        Some((f64::from(step.connections), kib as f64))
    }
}

/// KiB per connection in one run: the Theil-Sen slope over its steps; none with fewer than two steps.
pub(in crate::analysis) fn memory_slope(steps: &[MemoryStep], part: MemoryPart) -> Option<f64> {
    let points: Vec<_> = steps.iter().filter_map(|step| part.point(step)).collect();
    TheilSen::of(&points).ok().map(|line| line.slope)
}

/// So near to what the delay allows, the server has no say.
const NEAR: f64 = 0.05;

/// Whether the delay of places alone sets this throughput: in a closed loop, connections over the delay of a mean request
/// (Little's law), within 5 %.
pub(in crate::analysis) fn is_bound_by_delay(workload: &Workload, throughput_per_s: f64) -> bool {
    ceiling_per_s(workload).is_some_and(|ceiling| (throughput_per_s / ceiling - 1.0).abs() <= NEAR)
}

/// What a server without any cost would do; none where nothing but the server holds it back. Requests that are
/// outstanding together on a connection are answered one after the other, so that depth does not raise it.
fn ceiling_per_s(workload: &Workload) -> Option<f64> {
    match workload.pace {
        Pace::RatePerS(_) => return None,
        Pace::Closed => {}
    }
    let (iamat, whatsat) = (f64::from(workload.iamat), f64::from(workload.whatsat));
    let delay_s = workload.places_delay_ms? / 1e3 * whatsat / (iamat + whatsat);
    (delay_s > 0.0).then(|| f64::from(workload.connections) / delay_s)
}
