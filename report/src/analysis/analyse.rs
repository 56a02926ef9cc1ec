use super::{
    Analysis, FORMAT,
    appended::{appendix, damaged_histograms},
    belief::trust,
    capacities::capacities,
    charts,
    costs::costs,
    evidence::Ledger,
    herd::herd,
    memory::memory,
    naming,
    sentences::answer,
    verdicts::{Voids, rows},
};
use crate::results::{Contents, Manifest, Run, ServerRun};

/// What a run directory says. A pure function: the same manifest, runs and server runs give the same analysis, byte for byte, in
/// whatever order the runs come. A run that is damaged, or that the plan does not know, is excluded with the reason.
#[must_use]
pub fn analyse(manifest: &Manifest, runs: &[Run], server_runs: &[ServerRun]) -> Analysis {
    work_out(&Ledger::of(manifest, runs), runs, server_runs)
}

/// What a run directory says, with the probe after its last block, and its damaged files among what does not count.
#[must_use]
pub fn analyse_contents(contents: &Contents) -> Analysis {
    let Contents { manifest, runs, server_runs, end, damaged } = contents;
    let mut ledger = Ledger::of(manifest, runs);
    ledger.add_damaged(damaged);
    ledger.add_probe(end.as_ref().map(|end| &end.stalls));
    work_out(&ledger, runs, server_runs)
}

fn work_out(ledger: &Ledger<'_>, runs: &[Run], server_runs: &[ServerRun]) -> Analysis {
    let manifest = ledger.manifest;
    let voids = Voids::of(ledger);
    let rows = rows(ledger, &voids);
    let map = charts::map(ledger, &voids);
    let mut trust = trust(ledger, &rows);
    let appendix = appendix(ledger, runs);
    trust.warnings.extend(damaged_histograms(ledger, &appendix));
    Analysis {
        format: FORMAT.to_owned(),
        manifest: manifest.clone(),
        variants: naming::entries(manifest),
        answer: answer(ledger, &voids, &rows, &map, &trust),
        trust,
        rows,
        map: map.by_time,
        map_by_cpu: map.by_cpu,
        capacity: capacities(ledger),
        costs: costs(ledger),
        memory: memory(ledger, server_runs),
        herd: herd(ledger),
        latency: charts::rates(ledger),
        appendix,
    }
}
