//! Capacities that were searched for: how they join the rows, and when they decide nothing.

use report::{
    analysis::{Analysis, EndedBy, Outcome, Standing},
    plan::{Metric, Workload},
    results::Status,
};
use serde_json::json;

use crate::{
    comparison::{CONTROL, Comparison, TASKS, THREADS, alike, capacity, contrast, plan, row},
    run::Like,
};

/// Tasks bear a quarter more than threads.
fn stronger_tasks(workload: &Workload, variant: &str) -> Like {
    let like = alike(workload, variant);
    if variant == TASKS { Like { throughput_per_s: 25_000.0, ..like } } else { like }
}

fn searched() -> Comparison {
    let plan = plan(10, vec![capacity("bears")], vec![contrast("bears", Metric::Capacity)]);
    Comparison::of(plan, 0.01, &stronger_tasks)
}

fn notes(analysis: &Analysis) -> String {
    analysis.rows[0].notes.join("; ")
}

#[test]
fn capacities_are_judged_block_by_block() {
    let analysis = searched().analyse();
    let primary = &analysis.rows[0];
    assert_eq!(primary.id, "bears.capacity.herd-threads.herd-tasks");
    assert_eq!((primary.standing, primary.outcome, primary.margin), (Standing::Primary, Outcome::BBetter, 0.05));
    assert_eq!(primary.words, "tasks is faster, 1.244x [1.237, 1.252], 10 blocks");
    assert_eq!(
        notes(&analysis),
        "objective p99<=50ms,errors<=0.1%; limited by: server in 20 of 20 searches; search resolution 1.09, which is no interval"
    );
    let control = row(&analysis, "bears.capacity.herd-threads-twin.herd-threads");
    assert_eq!((control.standing, control.outcome), (Standing::Control, Outcome::IntervalOnly));
    assert_eq!(analysis.trust.controls.len(), 1);
    let table = &analysis.capacity[0];
    assert_eq!((table.cells.len(), &table.undecidable), (4, &None));
    let search = &table.cells[0].searches[3];
    assert_eq!((search.block, search.ended_by, search.probes), (4, EndedBy::Server, 3));
    assert_eq!(search.source, "runs/bears/herd-threads.jsonl#L4");
    assert!(analysis.costs.is_empty() && analysis.appendix.percentiles.is_empty());
}

#[test]
fn a_bound_within_reach_of_stalls_decides_nothing_and_hides_nothing() {
    let mut made = searched();
    made.manifest.machine.stalls.as_mut().unwrap().longest_us = 17_000.0;
    let analysis = made.analyse();
    let why = "undecidable by p99: the bound of 50.0 ms is under three times the machine's longest \
               stall of 17.0 ms";
    let row = &analysis.rows[0];
    assert_eq!((row.standing, row.outcome), (Standing::Exploratory, Outcome::IntervalOnly));
    assert!(row.ratio.is_some() && notes(&analysis).contains(why), "{:?}", row.notes);
    assert_eq!(analysis.capacity[0].undecidable.as_deref(), Some(why));
    made.manifest.machine.stalls = None;
    assert!(notes(&made.analyse()).contains("the machine's stalls are not known"));
}

#[test]
fn over_a_delay_the_bound_counts_from_the_delay() {
    let mut made = searched();
    let workload = &mut made.manifest.plan.workload[0];
    (workload.iamat, workload.places_delay_ms) = (0, Some(30.0));
    let told = notes(&made.analyse());
    assert!(
        told.contains("the bound of 20.0 ms is under three times the machine's longest stall of 11.8 ms"),
        "{told}"
    );
}

#[test]
fn what_the_generator_ended_is_known_as_at_least() {
    let mut made = searched();
    for run in made.runs_of("bears", THREADS) {
        run.loadgen["search"]["limit"] = json!("generator");
        run.loadgen["search"]["fails_per_s"] = json!(null);
    }
    let analysis = made.analyse();
    let cell = &analysis.capacity[0].cells[0];
    assert!(cell.capacity_per_s.as_ref().unwrap().is_at_least);
    assert_eq!((cell.searches[0].ended_by, cell.searches[0].resolution), (EndedBy::Generator, None));
    assert_eq!(analysis.rows[0].ratio, None, "threads may bear more");
    assert!(notes(&analysis).contains("server in 10, generator in 10 of 20 searches"), "{}", notes(&analysis));
    assert!(notes(&analysis).contains("in 10 of 20 searches the server may do more"));
}

#[test]
fn a_full_box_is_told_from_a_full_server() {
    let mut made = searched();
    for run in made.runs_of("bears", CONTROL) {
        for probe in 1..3 {
            run.loadgen["runs"][probe]["result"]["verdict"]["reasons"]["box_bound"] = json!(true);
        }
    }
    let analysis = made.analyse();
    assert!(analysis.capacity[0].cells[1].searches.iter().all(|search| search.ended_by == EndedBy::Machine));
}

#[test]
fn a_search_that_makes_no_sense_is_excluded_and_a_limit_is_no_capacity() {
    for (pointer, instead, expected) in [
        (
            "/format",
            json!("loadgen-run/1"),
            "the load generator's result: its format is \"loadgen-run/1\", not \"loadgen-sweep/1\"",
        ),
        ("/runs", json!(3), "damaged: "),
        ("/search/objective", json!("p99<=1s"), "it was searched for \"p99<=1s\""),
        ("/search/holds_per_s", json!(null), "no rate held in its search"),
        ("/search/holds_per_s", json!(-1.0), "the rates between which its search ended make no sense"),
        ("/search/fails_per_s", json!(10.0), "the rates between which its search ended make no sense"),
        ("/search/limit", json!("samples"), "its search ended without a capacity: samples"),
    ] {
        let mut made = searched();
        *made.runs_of("bears", THREADS).next().unwrap().loadgen.pointer_mut(pointer).unwrap() = instead;
        let excluded = made.analyse().appendix.excluded;
        assert_eq!(excluded.len(), 1, "{pointer}");
        assert!(excluded[0].why.starts_with(expected), "{}", excluded[0].why);
    }
    let mut made = searched();
    let limit = "limit: objective: no rate that was tried keeps p99<=50ms";
    made.runs_of("bears", TASKS).for_each(|run| run.status = Status::Limit(limit.to_owned()));
    let analysis = made.analyse();
    assert_eq!(analysis.rows[0].outcome, Outcome::Limit);
    assert_eq!(analysis.capacity[0].cells[2].why, limit);
}
