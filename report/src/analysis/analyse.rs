//! All that a run directory says, put together.

use serde::{Deserialize, Serialize};

use super::{
    answer::{Answer, answer},
    appendix::{Appendix, appendix, damaged_histograms},
    capacity::{CapacityTable, capacities},
    chart::{Chart, rates},
    controls::Voids,
    costs::{CostTable, costs},
    evidence::Ledger,
    heat::{HeatRow, heat},
    herd::{HerdCosts, herd},
    map::map,
    memory::{MemorySlope, memory},
    row::Row,
    rows::rows,
    topology::{Topologies, topologies},
    trust::{Trust, trust},
    variants::{self, VariantEntry},
};
use crate::{
    claims::JudgedClaim,
    results::{Contents, Manifest, Run, ServerRun},
};

/// The schema of `report.json`.
pub const FORMAT: &str = "herd-report/1";

/// All that a page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// [`FORMAT`].
    pub format: String,
    /// The manifest, whole.
    pub manifest: Manifest,
    /// Every variant of the plan, with what may be drawn of it.
    pub variants: Vec<VariantEntry>,
    /// Section 1.
    pub answer: Answer,
    /// Section 1: what every server costs in every situation.
    #[serde(default)]
    pub heat: Vec<HeatRow>,
    /// Section 2.
    pub trust: Trust,
    /// Section 3, in the order of the plan: primary rows first; and section 7, rows of the rivals against `threads`.
    pub rows: Vec<Row>,
    /// Section 4: capacity against connections, one for each delay; empty where the plan has no map.
    pub map: Vec<Chart>,
    /// Section 4 by processor time: replies per second of the server's processor time.
    pub map_by_cpu: Vec<Chart>,
    /// Section 4: the highest rates at which an objective is kept; empty where the plan searches for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capacity: Vec<CapacityTable>,
    /// Section 5 (and section 7 for the rivals).
    pub costs: Vec<CostTable>,
    /// Section 5.
    pub memory: Vec<MemorySlope>,
    /// Section 5: the herd; empty where the plan has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub herd: Vec<HerdCosts>,
    /// What several servers spend by component, and what happens without one; absent where the plan has no topology.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub topologies: Topologies,
    /// Section 6: latency against offered rate; empty where the plan has no rates.
    pub latency: Vec<Chart>,
    /// The claims of the original report, where the plan tests them, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<JudgedClaim>,
    /// Section 8.
    pub appendix: Appendix,
}

fn is_empty(topologies: &Topologies) -> bool {
    *topologies == Topologies::default()
}

/// What a run directory says. A pure function: the same manifest, runs and server runs give the same analysis, byte for byte, in
/// whatever order the runs come. A run that is damaged, or that the plan does not know, is excluded with the reason.
#[must_use]
pub fn analyse(manifest: &Manifest, runs: &[Run], server_runs: &[ServerRun]) -> Analysis {
    work_out(&Ledger::of(manifest, runs), runs, server_runs)
}

/// What a run directory says, with the probe after its last block, and its damaged files among what does not count.
#[must_use]
pub fn analyse_contents(contents: &Contents) -> Analysis {
    let Contents { manifest, runs, server_runs, end, observed: _, damaged } = contents;
    let mut ledger = Ledger::of(manifest, runs);
    ledger.add_damaged(damaged);
    ledger.add_probe(end.as_ref().and_then(|end| end.stalls.as_ref()));
    work_out(&ledger, runs, server_runs)
}

fn work_out(ledger: &Ledger<'_>, runs: &[Run], server_runs: &[ServerRun]) -> Analysis {
    let manifest = ledger.manifest;
    let voids = Voids::of(ledger);
    let rows = rows(ledger, &voids);
    let map = map(ledger, &voids);
    let mut trust = trust(ledger, &rows);
    let appendix = appendix(ledger, runs);
    trust.warnings.extend(damaged_histograms(ledger, &appendix));
    let memory = memory(ledger, server_runs);
    Analysis {
        format: FORMAT.to_owned(),
        manifest: manifest.clone(),
        variants: variants::entries(manifest),
        answer: answer(ledger, &voids, &rows, &map, &memory, &trust),
        heat: heat(ledger),
        trust,
        rows,
        map: map.by_time,
        map_by_cpu: map.by_cpu,
        capacity: capacities(ledger),
        costs: costs(ledger),
        memory,
        herd: herd(ledger),
        topologies: topologies(ledger),
        latency: rates(ledger),
        claims: Vec::new(),
        appendix,
    }
}
