//! The whole in one table: what every server costs in every situation, beside the cheapest.
//!
//! Invariant: a cell is told apart from the cheapest only where the interval of their ratio, over blocks, leaves out 1.

use serde::{Deserialize, Serialize};

use super::{
    estimate::estimate,
    evidence::{Ledger, MemoryPart, Reading, memory_slope},
    load::phrase,
};
use crate::{
    format::Unit,
    plan::{Role, Workload},
    stats::Bound,
};

/// One situation, and one cost in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatRow {
    /// The workload's name.
    pub workload: String,
    /// What it is, in words.
    pub situation: String,
    /// What is compared.
    pub cost: Cost,
    /// One for each server that takes part, in the order of the plan; the control is left out.
    pub cells: Vec<HeatCell>,
}

/// What a row compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cost {
    /// Processor time of the server per request, in µs.
    CpuPerRequest,
    /// Memory of an idle connection, process and kernel, in KiB.
    Memory,
}

/// One server in one situation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatCell {
    /// The variant's name.
    pub variant: String,
    /// Median over blocks; none where it was not measured.
    pub value: Option<f64>,
    /// Over the cheapest, median over blocks.
    pub relative: Option<f64>,
    /// Whether it is told apart from the cheapest.
    pub is_told_apart: bool,
}

impl Cost {
    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::CpuPerRequest => "CPU per request",
            Self::Memory => "memory",
        }
    }

    /// Where it is spent.
    fn situation(self, workload: &Workload) -> String {
        match self {
            Self::CpuPerRequest => phrase(workload),
            Self::Memory => "an idle connection, kernel memory included".to_owned(),
        }
    }

    /// Its unit.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::CpuPerRequest => Unit::Us,
            Self::Memory => Unit::Kib,
        }
    }

    fn of(self, reading: &Reading<'_>) -> Option<f64> {
        let cost = match self {
            Self::CpuPerRequest => reading.figures.as_ref()?.cpu_per_request_us(),
            Self::Memory => {
                let [process, kernel] =
                    [MemoryPart::Idle, MemoryPart::KernelIdle].map(|part| memory_slope(&reading.run.memory, part));
                Some(process? + kernel?)
            }
        };
        cost.filter(|cost| *cost > 0.0)
    }
}

/// Processor time in every race, then the memory of idle connections.
pub(super) fn heat(ledger: &Ledger<'_>) -> Vec<HeatRow> {
    let of = |role, cost| {
        let workloads = ledger.plan().workload.iter().filter(move |one| one.role == role);
        workloads.filter_map(move |workload| row(ledger, workload, cost))
    };
    of(Role::Race, Cost::CpuPerRequest).chain(of(Role::Memory, Cost::Memory)).collect()
}

/// A block and what it says.
type Blocks = Vec<(u32, f64)>;

fn row(ledger: &Ledger<'_>, workload: &Workload, cost: Cost) -> Option<HeatRow> {
    let plan = ledger.plan();
    let of = |name: &str| -> Blocks {
        let readings = ledger.readings(&workload.name, name);
        readings.iter().filter_map(|reading| Some((reading.run.block, cost.of(reading)?))).collect()
    };
    let servers = plan.variants.iter().filter(|name| **name != plan.twin && !name.starts_with("null-"));
    let all: Vec<(&String, Blocks)> = servers.map(|name| (name, of(name))).collect();
    let (_, cheapest) = all
        .iter()
        .filter_map(|(_, blocks)| Some((median(blocks)?, blocks)))
        .min_by(|one, other| one.0.total_cmp(&other.0))?;
    let cells = all.iter().map(|(name, blocks)| cell(name, blocks, cheapest)).collect();
    Some(HeatRow { workload: workload.name.clone(), situation: cost.situation(workload), cost, cells })
}

fn cell(name: &str, blocks: &Blocks, cheapest: &Blocks) -> HeatCell {
    let ratio = |(block, value): &(u32, f64)| {
        let (_, least) = cheapest.iter().find(|(other, _)| other == block)?;
        Some((*block, value / least))
    };
    let ratios: Blocks = blocks.iter().filter_map(ratio).collect();
    let bounds: Vec<_> = ratios.iter().map(|(_, ratio)| (Bound::Exactly(*ratio), String::new())).collect();
    let interval = estimate(&bounds).and_then(|one| one.interval);
    HeatCell {
        variant: name.to_owned(),
        value: median(blocks),
        relative: median(&ratios),
        is_told_apart: interval.is_some_and(|interval| interval.low > 1.0),
    }
}

fn median(blocks: &Blocks) -> Option<f64> {
    let bounds: Vec<_> = blocks.iter().map(|(_, value)| (Bound::Exactly(*value), String::new())).collect();
    estimate(&bounds).map(|one| one.median)
}
