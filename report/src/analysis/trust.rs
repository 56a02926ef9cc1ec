//! Why the figures may be trusted, and where not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    comparison::Standing,
    controls::{self, ControlCheck, VoidCount, control_checks},
    evidence::{Figures, Ledger, Steadiness},
    row::{Outcome, Row},
    stalls::{StallCurve, stalls},
};
use crate::{
    format::{Unit, share},
    plan::{Placement, Plan},
    stats::{Chance, Sample},
};

/// Why the figures can be trusted, and where not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// One line for people: blocks, controls, stalls, placement, how often the machine was full.
    pub line: String,
    /// Blocks that the plan asked for, and those with all their runs.
    pub blocks_planned: u32,
    /// Blocks with all their runs.
    pub blocks_whole: u32,
    /// Runs that count, and those that do not.
    pub runs_measured: u32,
    /// Runs that were excluded.
    pub runs_excluded: u32,
    /// The same by variant and reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voids: Vec<VoidCount>,
    /// Share of the runs in which less than 10 % of the machine was idle.
    pub cpu_bound_share: f64,
    /// The same variant twice, by workload and metric.
    #[serde(rename = "twins")]
    pub controls: Vec<ControlCheck>,
    /// How many of them differ, one a workload, against what chance gives; none without controls.
    pub chance: Option<Chance>,
    /// What the machine did by itself; none where it was not probed.
    pub stalls: Option<StallCurve>,
    /// What the machine check said, and what the analysis found that a reader must know.
    pub warnings: Vec<String>,
}

/// One excluded run in so many is worth a warning.
const TOO_MANY_EXCLUDED: usize = 10;

/// Why the figures can be trusted, and where not.
pub(super) fn trust(ledger: &Ledger<'_>, rows: &[Row]) -> Trust {
    let controls = control_checks(rows);
    let stalls = stalls(ledger);
    let figures: Vec<&Figures> = ledger.all().filter_map(|reading| reading.figures.as_ref()).collect();
    let bound = figures.iter().filter(|one| one.reasons.box_bound).count();
    let mut trust = Trust {
        line: String::new(),
        chance: controls::chance(&controls),
        blocks_planned: ledger.plan().blocks,
        blocks_whole: blocks_whole(ledger),
        runs_measured: counted(ledger.all().count()),
        runs_excluded: counted(ledger.excluded.len()),
        voids: controls::void_counts(ledger),
        cpu_bound_share: if figures.is_empty() { 0.0 } else { bound as f64 / figures.len() as f64 },
        controls,
        stalls,
        warnings: warnings(ledger, rows, &figures),
    };
    trust.line = line(&trust, ledger.plan().placement);
    trust
}

/// Blocks in which everything that takes part has run, or reached a limit.
fn blocks_whole(ledger: &Ledger<'_>) -> u32 {
    let is_whole = |block: &u32| {
        ledger.plan().workloads_of(*block).all(|workload| {
            let mut takers = ledger.variants_of(workload).into_iter().filter(|name| ledger.not_run(name).is_none());
            takers.all(|name| ledger.is_settled(&workload.name, name, *block))
        })
    };
    counted(ledger.blocks().iter().filter(|block| is_whole(block)).count())
}

/// Blocks, controls, stalls, placement and how often the machine was full, in so few words that they stand in one line.
fn line(trust: &Trust, placement: Placement) -> String {
    let of_runs = trust.runs_measured + trust.runs_excluded;
    let mut parts = vec![
        format!("{} of {} blocks whole", trust.blocks_whole, trust.blocks_planned),
        format!("{} of {of_runs} runs excluded", trust.runs_excluded),
        controls::in_words(&trust.controls),
    ];
    if let Some(stalls) = &trust.stalls {
        parts.push(format!("stalls {}, {} at most", share(stalls.share), Unit::Us.value(stalls.longest_us)));
    }
    let shared = match placement {
        Placement::Free => "processors shared with the client",
        Placement::Split => "a processor for the client",
    };
    parts.push(shared.to_owned());
    parts.push(format!("CPU-bound together with the generator in {} of runs", share(trust.cpu_bound_share)));
    parts.join("; ") + "."
}

/// Where server and load generator ran.
pub(super) fn placement_in_words(placement: Placement) -> &'static str {
    match placement {
        Placement::Free => "client and server may use all processors",
        Placement::Split => "the client has the last processor, the server all others",
    }
}

fn warnings(ledger: &Ledger<'_>, rows: &[Row], figures: &[&Figures]) -> Vec<String> {
    let found = [
        Some("merged percentiles describe, verdicts come from blocks: the two may differ".to_owned()),
        no_control(ledger.plan(), rows),
        many_excluded(ledger),
        traces(ledger),
        unsteady(figures),
        limited(figures),
        too_many_blocks(ledger.plan()),
        too_few_blocks(rows),
    ];
    ledger.manifest.warnings.iter().cloned().chain(found.into_iter().flatten()).collect()
}

fn no_control(plan: &Plan, rows: &[Row]) -> Option<String> {
    let is_there = rows.iter().any(|row| row.standing == Standing::Control && row.interval.is_some());
    (!is_there)
        .then(|| format!("no A/A control of {} was measured often enough: the noise floor is unknown", plan.threads))
}

/// What excludes a run may go with how fast it was: those that are left are no fair sample then.
fn many_excluded(ledger: &Ledger<'_>) -> Option<String> {
    let (excluded, all) = (ledger.excluded.len(), ledger.excluded.len() + ledger.all().count());
    (excluded * TOO_MANY_EXCLUDED > all).then(|| {
        format!("{excluded} of {all} runs are excluded: what excludes a run may go with how fast it was, so that the others mislead")
    })
}

/// All variants of a block get the same requests (METHOD 1.6).
fn traces(ledger: &Ledger<'_>) -> Option<String> {
    let mut first: BTreeMap<(&str, u32), &str> = BTreeMap::new();
    let mut odd = 0;
    for reading in ledger.all() {
        let Some(figures) = &reading.figures else { continue };
        let expected = *first.entry((&reading.run.workload, reading.run.block)).or_insert(&figures.trace_hash);
        odd += u32::from(expected != figures.trace_hash);
    }
    (odd > 0).then(|| format!("{odd} runs had other requests than the first of their workload in their block"))
}

fn unsteady(figures: &[&Figures]) -> Option<String> {
    let paces: Vec<Steadiness> = figures.iter().map(|one| Steadiness::of(&one.seconds)).collect();
    let moved = paces.iter().filter(|pace| matches!(pace, Steadiness::NotSteady { .. })).count();
    let short = figures.iter().filter(|one| one.seconds.len() < 3).count();
    let of = figures.len();
    match (moved, short) {
        (0, 0) => None,
        (0, short) => {
            Some(format!("whether runs are steady: n/a for {short} of {of}, their windows have too few seconds"))
        }
        (moved, 0) => Some(format!("{moved} of {of} runs are not steady")),
        (moved, short) => Some(format!("{moved} of {of} runs are not steady; n/a for {short}, too few seconds")),
    }
}

fn limited(figures: &[&Figures]) -> Option<String> {
    let limited = figures.iter().filter(|one| !one.reasons.generator_limited.is_empty()).count();
    (limited > 0).then(|| format!("{limited} of {} runs are generator-limited; their rows say so", figures.len()))
}

fn too_many_blocks(plan: &Plan) -> Option<String> {
    let limit = Sample::LIMIT;
    (plan.blocks as usize > limit).then(|| format!("more than {limit} blocks are not worked out exactly"))
}

fn too_few_blocks(rows: &[Row]) -> Option<String> {
    let few = rows.iter().filter(|row| row.outcome == Outcome::Screening).count();
    (few > 0).then(|| format!("{few} of {} rows have too few blocks for a verdict or an interval", rows.len()))
}

fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
