//! What a herd of five does with the updates that one of them is told.

use report::{
    analysis::{Analysis, HerdCosts},
    plan::{Pace, Role, Workload},
    render,
    results::{HerdServer, HerdUse, Run, Status},
};
use serde_json::{Value, from_value, json};

use crate::{
    comparison::{Comparison, TASKS, THREADS, alike, plan, race},
    run::with,
};

fn workload(name: &str, role: Role) -> Workload {
    let pace = Pace::RatePerS(200.0);
    let variants = [THREADS, TASKS].map(str::to_owned).into();
    Workload { role, pace, variants, whatsat: 0, places_delay_ms: None, ..race(name, "a herd") }
}

fn server(name: &str, cpu_s: f64, records: u64) -> HerdServer {
    HerdServer { name: name.to_owned(), cpu_s: Some(cpu_s), records_sent: Some(records), batches_sent: Some(1) }
}

fn latency(us: f64) -> Value {
    let none = Value::Null;
    let percentiles = json!({ "p50": { "us": us }, "p75": { "us": us }, "p90": { "us": 2.0 * us }, "p99": none, "p99.9": none,
        "p99.99": none });
    json!({ "count": 100, "answered": 100, "percentiles": percentiles, "max": none, "hdr": "" })
}

fn settled(after_s: f64) -> Value {
    json!({ "server": "127.0.0.1:7", "after_s": after_s, "missing": 0, "error": null })
}

/// Seven blocks: 80,000 updates each; a null round trip of 100 µs, seen after 350 µs.
fn comparison() -> Comparison {
    let workloads = vec![workload("load", Role::Herd), workload("light", Role::Farthest)];
    let mut comparison = Comparison::of(plan(7, workloads, Vec::new()), 0.0, &alike);
    for run in &mut comparison.runs {
        let is_light = run.workload == "light";
        let null = with(json!({ "latency": { "from_intended": latency(100.0) } }));
        let null = is_light.then(|| from_value(null).unwrap());
        let servers = vec![server("Goloman", 1.6, 240_000), server("Welsh", 0.4, 0)];
        run.herd = Some(HerdUse { servers, null });
        run.loadgen["replies"] = 80_000.into();
        run.loadgen["seen_at_seat"] = if is_light { latency(350.0) } else { Value::Null };
        run.loadgen["settled"] = [0.012, 0.030].map(settled).into();
    }
    comparison
}

fn of<'a>(analysis: &'a Analysis, variant: &str) -> &'a HerdCosts {
    analysis.herd.iter().find(|one| one.variant == variant).unwrap()
}

#[test]
fn a_herd_is_told_by_what_was_seen_settled_and_spent() {
    let analysis = comparison().analyse();
    let names: Vec<_> = analysis.herd.iter().map(|one| one.variant.as_str()).collect();
    assert_eq!(names, [THREADS, TASKS]);
    let herd = of(&analysis, TASKS);
    let median = |estimate: &Option<report::analysis::Estimate>| estimate.as_ref().map(|one| one.median);
    assert_eq!((median(&herd.seen_p50_us), median(&herd.seen_p90_us)), (Some(350.0), Some(700.0)));
    assert_eq!((median(&herd.null_p50_us), median(&herd.seen_in_round_trips)), (Some(100.0), Some(3.5)));
    assert_eq!((median(&herd.settled_us), median(&herd.records_per_update)), (Some(30_000.0), Some(3.0)));
    assert_eq!(median(&herd.updates_per_s), Some(20_000.0));
    let cpu: Vec<_> = herd.cpu_per_update_us.iter().map(|(name, cpu)| (name.as_str(), median(cpu))).collect();
    assert_eq!(cpu, [("Goloman", Some(20.0)), ("Welsh", Some(5.0))]);
    assert_eq!((herd.lost, herd.why.as_str()), (0, ""));
    let [page, markdown] = [render::page(&analysis).unwrap(), render::markdown(&analysis).unwrap()];
    assert!(page.contains("id=\"herd\"") && page.contains("CPU, Welsh"));
    assert!(markdown.contains("## The herd") && markdown.contains("| tasks | 350 µs"), "{markdown}");
}

#[test]
fn lost_updates_are_counted_and_shown() {
    let mut comparison = comparison();
    let lose = |run: &mut Run| run.status = Status::Failed("lost: Welsh lacks the newest of 3 clients".to_owned());
    comparison.runs_of("load", THREADS).for_each(lose);
    let analysis = comparison.analyse();
    assert_eq!((of(&analysis, THREADS).lost, of(&analysis, TASKS).lost), (7, 0));
    assert!(render::markdown(&analysis).unwrap().contains("7 runs LOST updates"));
}

#[test]
fn events_that_a_journal_dropped_are_told_beside_its_rows() {
    let mut comparison = Comparison::of(plan(7, vec![race("w1", "busy")], Vec::new()), 0.0, &alike);
    comparison.runs_of("w1", TASKS).for_each(|run| run.journal_dropped = Some(2));
    let analysis = comparison.analyse();
    let row = analysis.rows.iter().find(|row| row.a == THREADS && row.b == TASKS).unwrap();
    assert!(row.notes.contains(&"the journal of tasks DROPPED 14 events, in 7 runs".to_owned()), "{:?}", row.notes);
}

#[test]
fn a_workload_of_the_first_blocks_alone_leaves_later_blocks_whole() {
    let mut first = workload("load", Role::Herd);
    first.blocks = Some(2);
    let mut plan = plan(7, vec![race("w1", "busy"), first], Vec::new());
    let complete = Comparison::of(plan.clone(), 0.0, &alike);
    let mut comparison = complete.clone();
    comparison.runs.retain(|run| run.workload != "load" || run.block <= 2);
    assert_eq!(comparison.analyse().trust.blocks_whole, 7);
    assert!(complete.analyse().appendix.excluded.iter().all(|one| one.why.contains("has no block")));
    plan.workload[1].blocks = None;
    comparison.manifest.plan = plan;
    assert_eq!(comparison.analyse().trust.blocks_whole, 2);
}
