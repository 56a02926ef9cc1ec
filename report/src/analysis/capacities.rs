use super::{
    CapacityCell, CapacityTable, EndedBy, SearchEntry,
    costs::{value, why_none},
    evidence::{Found, Ledger, Reading},
    stalls::stalls,
};
use crate::{
    plan::{Metric, Role, Workload},
    stats::words,
};

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
            words::duration(over_us),
            words::duration(stalls.longest_us)
        )
    })
}

/// "server in 3, box in 17 of 20".
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
