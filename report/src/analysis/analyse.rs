use super::{
    Analysis, FORMAT,
    appended::appendix,
    belief::trust,
    charts,
    costs::costs,
    evidence::Ledger,
    memory::memory,
    naming,
    sentences::answer,
    verdicts::{Voids, rows},
};
use crate::record::{Life, Manifest, Run};

/// What a run directory says. A pure function: the same manifest, runs and lives give the same analysis, byte for byte, in
/// whatever order the runs come. A run that is damaged, or that the plan does not know, is excluded with the reason.
#[must_use]
pub fn analyse(manifest: &Manifest, runs: &[Run], lives: &[Life]) -> Analysis {
    let ledger = Ledger::of(manifest, runs);
    let voids = Voids::of(&ledger);
    let rows = rows(&ledger, &voids);
    let map = charts::map(&ledger, &voids);
    let trust = trust(&ledger, &rows);
    Analysis {
        format: FORMAT.to_owned(),
        manifest: manifest.clone(),
        variants: naming::entries(manifest),
        answer: answer(&ledger, &voids, &rows, &map, &trust),
        trust,
        rows,
        map: map.by_time,
        map_by_cpu: map.by_cpu,
        costs: costs(&ledger),
        memory: memory(&ledger, lives),
        latency: charts::rates(&ledger),
        appendix: appendix(&ledger, runs),
    }
}
