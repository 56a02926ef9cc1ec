//! What the runs of a directory measured, for whoever asks by workload, variant and measure.

use serde::{Deserialize, Serialize};

use super::{
    evidence::{Figures, Ledger, Reading, measure, why_none},
    topology::{busiest_us, load, total_us},
};
use crate::{
    format::Unit,
    plan::{Asked, Metric, Workload},
    results::{Manifest, Run},
    stats::Bound,
};

/// What a race or a herd is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// As [`Metric::Throughput`].
    Throughput,
    /// As [`Metric::CpuPerRequest`].
    CpuPerRequest,
    /// As [`Metric::LatencyP50`].
    LatencyP50,
    /// As [`Metric::LatencyP90`].
    LatencyP90,
    /// As [`Metric::LatencyP99`]; where its requests are too few for it, at least the highest percentile that they bear.
    LatencyP99,
    /// As [`Metric::MemoryPerIdleConnection`].
    MemoryPerIdleConnection,
    /// As [`Metric::MemoryPerActiveConnection`].
    MemoryPerActiveConnection,
    /// As [`Metric::Capacity`].
    Capacity,
    /// The server's processor time over the wall time of its windows: processors that it keeps busy.
    CpuOverWall,
    /// Processor time of all servers of a herd per update, microseconds.
    CpuPerUpdateOfHerd,
    /// Processor time per update of the component of a topology that spends most, microseconds.
    BusiestOfUpdates,
    /// The same per read.
    BusiestOfReads,
    /// Processor time per update of all components of a topology, microseconds.
    AllOfUpdates,
}

/// What one block says of a variant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BlockValue {
    /// From 1.
    pub(crate) block: u32,
    pub(crate) value: Bound,
    /// The raw line, from the run directory.
    pub(crate) source: String,
}

/// What the runs of a directory measured.
#[derive(Debug)]
pub(crate) struct Readings<'a>(Ledger<'a>);

/// Where a measure comes from.
#[derive(Clone, Copy)]
enum Origin {
    /// It is a metric of plans.
    Plan(Metric),
    /// The tail, also where few requests bear witness of it.
    Tail,
    /// Processors that are kept busy.
    Processors,
    /// All servers of a herd.
    Herd,
    /// The component of a topology that spends most.
    Busiest(Asked),
    /// All components of a topology.
    Components(Asked),
}

impl Measure {
    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self.origin() {
            Origin::Plan(metric) => metric.title(),
            Origin::Tail => Metric::LatencyP99.title(),
            Origin::Processors => "processor time over wall time",
            Origin::Herd => "CPU per update, all servers of a herd",
            Origin::Busiest(asked) => match asked {
                Asked::Updates => "CPU per update, busiest component",
                Asked::Reads => "CPU per read, busiest component",
                Asked::Both => "CPU per request, busiest component",
            },
            Origin::Components(_) => "CPU per update, all components",
        }
    }

    /// The unit of its values.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self.origin() {
            Origin::Plan(metric) => metric.unit(),
            Origin::Processors => Unit::Count,
            Origin::Tail | Origin::Herd | Origin::Busiest(_) | Origin::Components(_) => Unit::Us,
        }
    }

    fn origin(self) -> Origin {
        match self {
            Self::Throughput => Origin::Plan(Metric::Throughput),
            Self::CpuPerRequest => Origin::Plan(Metric::CpuPerRequest),
            Self::LatencyP50 => Origin::Plan(Metric::LatencyP50),
            Self::LatencyP90 => Origin::Plan(Metric::LatencyP90),
            Self::LatencyP99 => Origin::Tail,
            Self::MemoryPerIdleConnection => Origin::Plan(Metric::MemoryPerIdleConnection),
            Self::MemoryPerActiveConnection => Origin::Plan(Metric::MemoryPerActiveConnection),
            Self::Capacity => Origin::Plan(Metric::Capacity),
            Self::CpuOverWall => Origin::Processors,
            Self::CpuPerUpdateOfHerd => Origin::Herd,
            Self::BusiestOfUpdates => Origin::Busiest(Asked::Updates),
            Self::BusiestOfReads => Origin::Busiest(Asked::Reads),
            Self::AllOfUpdates => Origin::Components(Asked::Updates),
        }
    }
}

impl<'a> Readings<'a> {
    /// Those of these runs.
    pub(crate) fn of(manifest: &'a Manifest, runs: &'a [Run]) -> Self {
        Self(Ledger::of(manifest, runs))
    }

    /// Whether the plan has such a workload, whole or in groups.
    pub(crate) fn has(&self, workload: &str) -> bool {
        self.groups(workload).next().is_some()
    }

    /// What each block says of a variant; why none does. Threads are pooled with their A/A control, as everywhere (METHOD 2.3).
    pub(crate) fn blocks(&self, workload: &str, variant: &str, asked: Measure) -> Result<Vec<BlockValue>, String> {
        let mut why = format!("the plan does not run {variant} in {workload}");
        for group in self.groups(workload).filter(|group| self.0.runs(group, variant)) {
            if let Some(limit) = self.0.limits(&group.name, variant).first() {
                return Err(format!("limit: {}", limit.strip_prefix("limit: ").unwrap_or(limit)));
            }
            let values = self.values(group, variant, asked);
            if !values.is_empty() {
                return Ok(values);
            }
            why = match why_none(&self.0, group, variant) {
                none if none.is_empty() => format!("{variant} has no value of {} in {workload}", asked.title()),
                none => format!("{variant}: {none}"),
            };
        }
        Err(why)
    }

    /// A workload, and the groups that it is raced in where its variants do not fit into one race.
    fn groups(&self, name: &str) -> impl Iterator<Item = &'a Workload> {
        let is_group = move |workload: &&Workload| {
            let number = workload.name.strip_prefix(name);
            number.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(is_number))
        };
        self.0.plan().workload.iter().filter(is_group)
    }

    fn values(&self, workload: &'a Workload, variant: &str, asked: Measure) -> Vec<BlockValue> {
        let plan = self.0.plan();
        let twin = (variant == plan.threads).then_some(plan.twin.as_str());
        let of = |reading: &&Reading<'a>| {
            let block = reading.run.block;
            let own = value(asked, workload, reading)?;
            let second = twin.and_then(|twin| value(asked, workload, self.0.reading(&workload.name, twin, block)?));
            let value = second.and_then(|second| Bound::geometric_mean(own, second).ok()).unwrap_or(own);
            Some(BlockValue { block, value, source: reading.source.clone() })
        };
        self.0.readings(&workload.name, variant).iter().filter_map(of).collect()
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn value(asked: Measure, workload: &Workload, reading: &Reading<'_>) -> Option<Bound> {
    match asked.origin() {
        Origin::Plan(metric) => measure(metric, workload, reading),
        Origin::Tail => at_least_p99(workload, reading),
        Origin::Processors => processors(reading.figures.as_ref()?).map(Bound::Exactly),
        Origin::Herd => cpu_of_herd_us(reading).map(Bound::Exactly),
        Origin::Busiest(asked) => busiest_us(load(reading, asked)?, None).map(Bound::Exactly),
        Origin::Components(asked) => Some(Bound::Exactly(total_us(load(reading, asked)?))),
    }
}

/// No percentile lies below a lower one.
fn at_least_p99(workload: &Workload, reading: &Reading<'_>) -> Option<Bound> {
    let of = |metric| measure(metric, workload, reading);
    let lower = || of(Metric::LatencyP90).or_else(|| of(Metric::LatencyP50)).map(Bound::least);
    of(Metric::LatencyP99).or_else(|| lower().filter(|least| least.is_finite()).map(Bound::AtLeast))
}

/// What a reply costs times the replies a second: processor time of a slice is counted from rest to rest, its window is shorter.
fn processors(figures: &Figures) -> Option<f64> {
    figures.cpu_per_request_us().map(|us| us * figures.throughput_per_s / 1e6)
}

fn cpu_of_herd_us(reading: &Reading<'_>) -> Option<f64> {
    let servers = &reading.run.herd.as_ref()?.servers;
    let cpu_s: f64 = servers.iter().map(|server| server.cpu_s).sum::<Option<f64>>()?;
    Some(cpu_s * 1e6 / reading.figures.as_ref()?.completed as f64)
}
