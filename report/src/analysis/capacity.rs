//! The highest rates at which an objective is kept.

use serde::{Deserialize, Serialize};

use super::{
    estimate::Estimate,
    evidence::{EndedBy, Found, Ledger, Reading, value, why_none},
    stalls::stalls,
};
use crate::{
    format::Unit,
    plan::{Metric, Role, Workload},
};

/// The highest rates at which an objective is kept, for one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapacityTable {
    /// The workload's name.
    pub workload: String,
    /// What had to hold, such as `p99<=50ms,errors<=0.1%`.
    pub objective: String,
    /// Why the objective's tail is decided by the machine as much as by a server; none where it decides.
    pub undecidable: Option<String>,
    /// One line for each variant, in the plan's order.
    pub cells: Vec<CapacityCell>,
}

/// One variant's capacity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapacityCell {
    /// The variant's name.
    pub variant: String,
    /// Requests a second: the median of what held, over the blocks.
    pub capacity_per_s: Option<Estimate>,
    /// What each block found.
    pub searches: Vec<SearchEntry>,
    /// Why there is none: "not run: ...", "limit: ..."; else empty.
    pub why: String,
}

/// One search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchEntry {
    /// The block.
    pub block: u32,
    /// The highest rate that kept the objective, requests a second.
    pub holds_per_s: f64,
    /// The lowest rate that failed, twice; none where none did.
    pub fails_per_s: Option<f64>,
    /// The one over the other, the search resolution: no interval.
    pub resolution: Option<f64>,
    /// What ended it.
    pub ended_by: EndedBy,
    /// Probes that it took.
    pub probes: u32,
    /// The raw file.
    pub source: String,
}

/// A bound on the tail is so many times the machine's largest stall at least, or the machine decides (METHOD 2.5).
const STALLS: f64 = 3.0;

/// The capacities that were searched for, workload by workload.
pub(super) fn capacities(ledger: &Ledger<'_>) -> Vec<CapacityTable> {
    let is_searched = |workload: &&Workload| workload.role == Role::Capacity;
    ledger.plan().workload.iter().filter(is_searched).map(|workload| table(ledger, workload)).collect()
}

/// Why an objective's tail says as much of the machine as of a server; none where it decides, and where it binds no tail.
pub(super) fn undecidable(ledger: &Ledger<'_>, workload: &Workload) -> Option<String> {
    let objective = workload.objective.as_ref()?;
    let over_us = objective.tail_bound_us()? - workload.excess_over_ms().unwrap_or(0.0) * 1e3;
    let Some(stalls) = stalls(ledger) else {
        return Some("undecidable by p99: the machine's stalls are not known".to_owned());
    };
    (over_us < STALLS * stalls.longest_us).then(|| {
        format!(
            "undecidable by p99: the bound of {} is under three times the machine's longest stall of {}",
            Unit::Us.value(over_us),
            Unit::Us.value(stalls.longest_us)
        )
    })
}

/// "server in 3, full machine in 17 of 20".
pub(super) fn ends_in_words(found: &[&Found]) -> String {
    let count = |by: EndedBy| found.iter().filter(|one| one.ended_by == by).count();
    let told = EndedBy::ALL.into_iter().filter(|by| count(*by) > 0).map(|by| format!("{} in {}", by.name(), count(by)));
    format!("{} of {}", told.collect::<Vec<_>>().join(", "), found.len())
}

fn table(ledger: &Ledger<'_>, workload: &Workload) -> CapacityTable {
    let variants = ledger.variants_of(workload).into_iter();
    CapacityTable {
        workload: workload.name.clone(),
        objective: workload.objective.as_ref().map(ToString::to_string).unwrap_or_default(),
        undecidable: undecidable(ledger, workload),
        cells: variants.map(|variant| cell(ledger, workload, variant)).collect(),
    }
}

fn cell(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> CapacityCell {
    let readings = ledger.readings(&workload.name, variant);
    CapacityCell {
        variant: variant.to_owned(),
        capacity_per_s: value(ledger, workload, variant, Metric::Capacity),
        searches: readings.into_iter().filter_map(entry).collect(),
        why: why_none(ledger, workload, variant),
    }
}

fn entry(reading: &Reading<'_>) -> Option<SearchEntry> {
    let found = reading.found?;
    Some(SearchEntry {
        block: reading.run.block,
        holds_per_s: found.holds_per_s,
        fails_per_s: found.fails_per_s,
        resolution: found.resolution(),
        ended_by: found.ended_by,
        probes: found.probes,
        source: reading.source.clone(),
    })
}
