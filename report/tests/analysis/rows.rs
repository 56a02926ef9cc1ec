//! Rows: who is compared, by what, and what follows.

use report::{
    analysis::{Outcome, Standing},
    plan::{Contrast, Metric, Pace, Role},
    results::{Cause, Participation, Status, Void},
};
use serde_json::json;

use crate::{
    comparison::{CONTROL, Comparison, NODE, TASKS, THREADS, alike, contrast, plan, race, row},
    run::Like,
};

/// Tasks do 1.25 times the work of threads for the processor time.
fn cheaper_tasks(workload: &report::plan::Workload, variant: &str) -> Like {
    let like = alike(workload, variant);
    if variant == TASKS { Like { cpu_us: 20.0, ..like } } else { like }
}

fn one_race(blocks: u32) -> report::plan::Plan {
    plan(blocks, vec![race("w1", "few busy connections")], vec![contrast("w1", Metric::CpuPerRequest)])
}

#[test]
fn a_primary_row_has_a_verdict_and_others_an_interval() {
    let analysis = Comparison::of(one_race(10), 0.01, &cheaper_tasks).analyse();
    let first = &analysis.rows[0];
    assert_eq!(first.id, "w1.cpu-per-request.herd-threads.herd-tasks");
    assert_eq!((first.standing, first.outcome), (Standing::Primary, Outcome::BBetter));
    assert_eq!(first.words, "tasks is cheaper, 1.247x [1.240, 1.255], 10 blocks");
    let ratio = first.ratio.unwrap();
    assert!(first.interval.unwrap().low < ratio && ratio < first.interval.unwrap().high.unwrap());
    assert_eq!((first.pairs.len(), first.margin), (10, 0.05));
    let throughput = row(&analysis, "w1.throughput.herd-threads.herd-tasks");
    assert_eq!((throughput.standing, throughput.outcome), (Standing::Exploratory, Outcome::IntervalOnly));
    // The primary row asks this already.
    assert_eq!(analysis.rows.iter().filter(|row| row.id == "w1.cpu-per-request.herd-threads.herd-tasks").count(), 1);
}

#[test]
fn a_named_race_has_its_other_metric_too() {
    let throughput = Contrast { a: NODE.to_owned(), ..contrast("w1", Metric::Throughput) };
    let named = plan(10, vec![race("w1", "few busy connections")], vec![throughput]);
    let analysis = Comparison::of(named, 0.01, &cheaper_tasks).analyse();
    let cpu = row(&analysis, "w1.cpu-per-request.node.herd-tasks");
    assert_eq!((cpu.standing, cpu.outcome), (Standing::Exploratory, Outcome::IntervalOnly));
    let difference = cpu.difference.unwrap();
    assert!((difference.estimate_us - 5.0).abs() < 0.5, "25 µs against 20: {difference:?}");
    let (low, high) = (difference.interval_us.low, difference.interval_us.high.unwrap());
    assert!(4.5 < low && low < difference.estimate_us && difference.estimate_us < high && high < 5.5, "{difference:?}");
    assert_eq!(row(&analysis, "w1.throughput.node.herd-tasks").difference, None);
}

#[test]
fn rows_come_as_the_page_has_them() {
    let analysis = Comparison::of(one_race(10), 0.01, &alike).analyse();
    let ids: Vec<_> = analysis.rows.iter().map(|row| row.id.as_str()).collect();
    insta::assert_debug_snapshot!(ids);
}

#[test]
fn values_name_their_files() {
    let analysis = Comparison::of(one_race(6), 0.01, &alike).analyse();
    let value = analysis.rows[0].values[1].as_ref().unwrap();
    assert_eq!(value.blocks, 6);
    assert_eq!(value.sources[5], "runs/w1/herd-tasks.jsonl#L6");
}

#[test]
fn a_control_that_differs_voids_its_metric_alone() {
    let truth = |workload: &report::plan::Workload, variant: &str| {
        let like = cheaper_tasks(workload, variant);
        if variant == CONTROL { Like { cpu_us: 30.0, ..like } } else { like }
    };
    let analysis = Comparison::of(one_race(10), 0.01, &truth).analyse();
    let primary = &analysis.rows[0];
    assert_eq!(primary.outcome, Outcome::Void);
    assert!(
        primary.words.starts_with("void: the same server entered twice differs by more than 5 %"),
        "{}",
        primary.words
    );
    assert_eq!(row(&analysis, "w1.cpu-per-request.node.herd-threads").outcome, Outcome::Void);
    assert_eq!(row(&analysis, "w1.throughput.herd-threads.herd-tasks").outcome, Outcome::IntervalOnly);
    let failed: Vec<_> = analysis.trust.controls.iter().filter(|control| control.is_void).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].row, "w1.cpu-per-request.herd-threads-twin.herd-threads");
}

#[test]
fn what_could_not_run_is_not_slow() {
    let mut made = Comparison::of(one_race(10), 0.01, &alike);
    made.runs.retain(|run| run.variant != NODE);
    made.manifest.participants[3].participation =
        Participation::NotRun("node: not found; apt-get install nodejs".to_owned());
    let analysis = made.analyse();
    let node = row(&analysis, "w1.throughput.node.herd-threads");
    assert_eq!(node.outcome, Outcome::NotRun);
    assert_eq!(node.words, "not run: node cannot run here: node: not found; apt-get install nodejs");
    assert!(node.values[0].is_none() && node.values[1].is_some());
    assert_eq!(analysis.variants[3].why, "not run: node: not found; apt-get install nodejs");
    assert_eq!(analysis.trust.blocks_whole, 10);
}

#[test]
fn a_limit_in_any_block_is_a_limit() {
    let mut made = Comparison::of(one_race(10), 0.01, &cheaper_tasks);
    for run in made.runs_of("w1", THREADS).take(3) {
        run.status = Status::Limit("limit: threads: Resource temporarily unavailable".to_owned());
    }
    let analysis = made.analyse();
    assert_eq!(analysis.rows[0].outcome, Outcome::Limit);
    let wanted = "limit: threads: Resource temporarily unavailable, reached by threads in 3 of 10 blocks";
    assert_eq!(analysis.rows[0].words, wanted);
    assert_eq!(analysis.trust.runs_excluded, 0);
}

#[test]
fn only_blocks_with_both_are_pairs() {
    let mut made = Comparison::of(one_race(10), 0.01, &cheaper_tasks);
    made.runs.retain(|run| ![(4, TASKS), (7, THREADS)].contains(&(run.block, run.variant.as_str())));
    let analysis = made.analyse();
    let blocks: Vec<_> = analysis.rows[0].pairs.iter().map(|pair| pair.block).collect();
    assert_eq!(blocks, [1, 2, 3, 5, 6, 8, 9, 10]);
    assert!(analysis.rows[0].notes.contains(&"2 of 10 blocks have no pair: threads lacks 1, tasks lacks 1".to_owned()));
    assert_eq!(analysis.trust.blocks_whole, 8);
}

#[test]
fn few_blocks_are_screening() {
    let analysis = Comparison::of(one_race(5), 0.01, &cheaper_tasks).analyse();
    assert_eq!(analysis.rows[0].outcome, Outcome::Screening);
    assert!(analysis.rows[0].words.starts_with("screening: all 5 blocks agree on tasks"), "{}", analysis.rows[0].words);
    assert_eq!(analysis.rows[0].interval, None);
    assert!(analysis.trust.controls.is_empty());
}

#[test]
fn an_open_loop_has_throughput_only_where_it_falls_short() {
    let mut workload = race("w3", "many idle connections");
    workload.pace = Pace::RatePerS(20_000.0);
    let plan = plan(7, vec![workload], Vec::new());
    let kept_up = Comparison::of(plan.clone(), 0.001, &alike).analyse();
    assert!(!kept_up.rows.iter().any(|row| row.metric == Metric::Throughput));
    let short = |workload: &_, variant: &str| Like {
        failed: if variant == NODE { 4000 } else { 0 },
        ..alike(workload, variant)
    };
    let fell_short = Comparison::of(plan, 0.001, &short).analyse();
    assert!(row(&fell_short, "w3.throughput.node.herd-threads").ratio.is_some());
    assert!(!fell_short.rows.iter().any(|row| row.id == "w3.throughput.herd-threads.herd-tasks"));
}

#[test]
fn latency_of_searches_is_what_exceeds_the_delay() {
    let mut workload = race("w2", "waiting");
    (workload.iamat, workload.places_delay_ms) = (0, Some(50.0));
    let analysis = Comparison::of(plan(7, vec![workload.clone()], Vec::new()), 0.0, &alike).analyse();
    let p50 = row(&analysis, "w2.latency-p50.herd-threads.herd-tasks");
    assert!((p50.values[0].as_ref().unwrap().median - 400.0).abs() < 1e-6);
    assert!(p50.notes.iter().any(|note| note.starts_with("beyond the delay of 50 ms")), "{:?}", p50.notes);
    workload.iamat = 1;
    let mixed = Comparison::of(plan(7, vec![workload], Vec::new()), 0.0, &alike).analyse();
    let p50 = row(&mixed, "w2.latency-p50.herd-threads.herd-tasks");
    assert!(!p50.notes.iter().any(|note| note.starts_with("excess")));
}

#[test]
fn percentiles_that_failures_decide_leave_the_interval_open() {
    let mut made = Comparison::of(one_race(10), 0.01, &alike);
    for run in made.runs_of("w1", TASKS).take(4) {
        run.loadgen["latency"]["from_intended"]["percentiles"]["p90"] = json!({ "at_least_us": 5e6 });
        run.loadgen["latency"]["from_intended"]["percentiles"]["p99"] = json!({ "at_least_us": 5e6 });
    }
    let analysis = made.analyse();
    let p90 = row(&analysis, "w1.latency-p90.herd-threads.herd-tasks");
    let interval = p90.interval.unwrap();
    assert_eq!((interval.low, interval.high.is_some()), (0.0, true), "threads / tasks may be any smaller");
    assert_eq!((p90.p, p90.pairs.len()), (None, 6));
    assert!(p90.notes.iter().any(|note| note.starts_with("failed requests decide it in 4 blocks")), "{:?}", p90.notes);
}

#[test]
fn percentiles_of_too_few_samples_make_no_pair() {
    let mut made = Comparison::of(one_race(10), 0.01, &alike);
    for run in made.runs_of("w1", TASKS) {
        run.loadgen["latency"]["from_intended"]["percentiles"]["p99"] = json!(null);
    }
    let analysis = made.analyse();
    let p99 = row(&analysis, "w1.latency-p99.herd-threads.herd-tasks");
    assert_eq!((p99.outcome, p99.ratio), (Outcome::Screening, None));
    assert!(p99.values[0].is_some() && p99.values[1].is_none());
}

#[test]
fn memory_is_the_slope_over_connections() {
    let mut memory = race("memory", "a connection");
    (memory.role, memory.steps) = (Role::Memory, vec![100, 1000, 4000]);
    let contrasts = vec![contrast("memory", Metric::MemoryPerIdleConnection)];
    let truth = |workload: &_, variant: &str| {
        let like = alike(workload, variant);
        if variant == TASKS { Like { idle_kib: 4.0, ..like } } else { like }
    };
    let analysis = Comparison::of(plan(7, vec![memory], contrasts), 0.01, &truth).analyse();
    assert_eq!(analysis.rows[0].outcome, Outcome::BBetter);
    assert!(analysis.rows[0].words.starts_with("tasks is smaller, 5.0"), "{}", analysis.rows[0].words);
    let slope = &analysis.memory[2];
    assert_eq!(slope.variant, TASKS);
    assert!((slope.idle_kib.as_ref().unwrap().median - 4.0).abs() < 0.1);
    assert!((slope.kernel_idle_kib.as_ref().unwrap().median - 20.0).abs() < 0.1);
    assert_eq!(slope.idle_steps.iter().map(|step| step.0).collect::<Vec<_>>(), [100, 1000, 4000]);
    assert!((slope.switches_per_reply.as_ref().unwrap().median - 1.04).abs() < 1e-9);
    assert!(analysis.memory[3].switches_per_reply.is_none());
}

#[test]
fn rows_name_what_differs_besides_the_model() {
    let mut made = Comparison::of(one_race(7), 0.01, &alike);
    made.manifest.participants[3].language = "Node.js".to_owned();
    let analysis = made.analyse();
    let differs = |id: &str| row(&analysis, id).differs.clone();
    assert_eq!(differs("w1.cpu-per-request.herd-threads.herd-tasks"), "nothing but the model");
    assert_eq!(differs("w1.cpu-per-request.herd-threads-twin.herd-threads"), "nothing: the same server");
    assert_eq!(differs("w1.cpu-per-request.node.herd-threads"), "language, runtime and HTTP client (Node.js, Rust)");
}

#[test]
fn voids_are_counted_by_variant_and_reason() {
    let mut made = Comparison::of(one_race(10), 0.01, &alike);
    for (index, run) in made.runs_of("w1", NODE).take(3).enumerate() {
        run.status = match index {
            0 | 1 => Status::Void(Void::new(Cause::Steal, format!("{index} % of the machine"))),
            _ => Status::Failed("wrong replies: 1 wrong".to_owned()),
        };
    }
    let analysis = made.analyse();
    let counts: Vec<_> =
        analysis.trust.voids.iter().map(|void| (void.variant.as_str(), void.reason.as_str(), void.runs)).collect();
    assert_eq!(
        counts,
        [(NODE, "the host gave processor time to others", 2), (NODE, "the variant did not do its work", 1)]
    );
}

#[test]
fn rivals_are_compared_with_each_other_and_with_tasks() {
    let mut named = one_race(10);
    named.variants.extend(["python-asyncio", "java-platform"].map(str::to_owned));
    let truth = |workload: &report::plan::Workload, variant: &str| {
        let like = cheaper_tasks(workload, variant);
        if variant == "python-asyncio" { Like { cpu_us: 75.0, ..like } } else { like }
    };
    let analysis = Comparison::of(named, 0.01, &truth).analyse();
    let pairs = [
        ("python-asyncio", NODE),
        ("python-asyncio", "java-platform"),
        ("python-asyncio", TASKS),
        (NODE, TASKS),
        ("java-platform", TASKS),
    ];
    for (a, b) in pairs {
        let one = row(&analysis, &format!("w1.cpu-per-request.{a}.{b}"));
        assert_eq!((one.standing, one.outcome), (Standing::Exploratory, Outcome::IntervalOnly));
        let interval = one.interval.unwrap();
        assert!(interval.low <= one.ratio.unwrap() && (interval.level - 0.95).abs() < 1e-9, "{interval:?}");
    }
    let slower = row(&analysis, &format!("w1.cpu-per-request.python-asyncio.{NODE}"));
    assert!((slower.ratio.unwrap() - 3.0).abs() < 0.1, "75 µs against 25: {:?}", slower.ratio);
}
