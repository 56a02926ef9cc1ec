//! Two run directories side by side, by function and by command.

use std::process::Command;

use report::{
    analysis::Standing,
    diff::{Change, Diff, DiffRow, diff, incomparable, table},
    plan::{Metric, Workload},
    results::{RunDirectory, Status},
};
use tempfile::TempDir;

use crate::{
    comparison::{Comparison, TASKS, THREADS, alike, capacity, contrast, plan, race},
    run::Like,
};

/// Runs in which threads do so many times the usual throughput.
fn made(blocks: u32, noise: f64, throughput: f64) -> Comparison {
    let plan = plan(blocks, vec![race("w1", "few busy connections")], vec![contrast("w1", Metric::Throughput)]);
    let truth = |workload: &Workload, variant: &str| {
        let like = alike(workload, variant);
        if variant == THREADS { Like { throughput_per_s: like.throughput_per_s * throughput, ..like } } else { like }
    };
    Comparison::of(plan, noise, &truth)
}

/// The same truth in another night: other noise.
fn another_night(mut made: Comparison) -> Comparison {
    let blocks = made.manifest.plan.blocks;
    made.runs.iter_mut().for_each(|run| run.block = blocks + 1 - run.block);
    made
}

fn between(before: &Comparison, after: &Comparison) -> Diff {
    diff((&before.manifest, &before.runs), (&after.manifest, &after.runs))
}

fn of<'a>(diff: &'a Diff, variant: &str, metric: Metric) -> &'a DiffRow {
    diff.rows.iter().find(|row| row.variant == variant && row.metric == metric).unwrap()
}

#[test]
fn what_became_slower_beyond_the_margin_is_a_regression() {
    let diff = between(&made(10, 0.02, 1.0), &made(10, 0.02, 0.85));
    let row = of(&diff, THREADS, Metric::Throughput);
    assert_eq!((row.standing, row.change), (Standing::Primary, Change::Regressed));
    assert_eq!(row.words, "before is faster, 1.176x [1.164, 1.189], 10 blocks before, 10 after");
    assert!(row.ratio.unwrap() < 0.86 && row.interval.unwrap().high.unwrap() < 0.9);
    assert!(diff.has_regression());
    assert!(!of(&diff, TASKS, Metric::Throughput).is_regression());
}

#[test]
fn what_is_measured_no_more_is_a_regression() {
    let (before, mut after) = (made(10, 0.02, 1.0), made(10, 0.02, 1.0));
    after.runs.retain(|run| run.variant != THREADS);
    let diff = between(&before, &after);
    let row = of(&diff, THREADS, Metric::Throughput);
    assert_eq!((row.change, row.words.as_str()), (Change::Vanished, "not compared: 10 blocks before, 0 after"));
    assert!(diff.has_regression());
    assert!(!between(&after, &before).has_regression(), "what was not measured before is no regression");
}

#[test]
fn another_version_of_a_runtime_is_told() {
    let (before, mut after) = (made(10, 0.02, 1.0), made(10, 0.02, 1.0));
    let participant = after.manifest.participants.iter_mut().find(|one| one.name == TASKS).unwrap();
    participant.version = Some("herd-async 9".to_owned());
    let notes = between(&before, &after).notes;
    assert!(
        notes.iter().any(|note| note.contains("of another version") && note.ends_with("herd-async 9 after")),
        "{notes:?}"
    );
    assert!(!between(&before, &before).notes.iter().any(|note| note.contains("version")));
}

#[test]
fn what_became_faster_or_stayed_is_none() {
    let improved = between(&made(10, 0.02, 1.0), &made(10, 0.02, 1.2));
    assert_eq!(of(&improved, THREADS, Metric::Throughput).change, Change::Improved);
    assert!(!improved.has_regression());
    let same = between(&made(10, 0.01, 1.0), &another_night(made(10, 0.01, 1.0)));
    assert_eq!(of(&same, THREADS, Metric::Throughput).change, Change::Equivalent);
    let unsure = between(&made(10, 0.2, 1.0), &made(10, 0.2, 0.98));
    assert_eq!(of(&unsure, THREADS, Metric::Throughput).change, Change::NotShown);
}

#[test]
fn a_smaller_capacity_is_a_regression_unless_stalls_decide_it() {
    let searched = |capacity_per_s: f64| {
        let plan = plan(10, vec![capacity("bears")], vec![contrast("bears", Metric::Capacity)]);
        let truth =
            |workload: &Workload, variant: &str| Like { throughput_per_s: capacity_per_s, ..alike(workload, variant) };
        Comparison::of(plan, 0.02, &truth)
    };
    let (before, mut after) = (searched(20_000.0), searched(15_000.0));
    let diff = between(&before, &after);
    assert_eq!(of(&diff, THREADS, Metric::Capacity).change, Change::Regressed);
    assert!(diff.has_regression());
    after.manifest.machine.stalls.as_mut().unwrap().longest_us = 20_000.0;
    let diff = between(&before, &after);
    let row = of(&diff, THREADS, Metric::Capacity);
    assert_eq!((row.standing, row.change), (Standing::Exploratory, Change::IntervalOnly));
    assert!(!diff.has_regression());
    assert!(diff.notes.iter().any(|note| note.contains("the machine's stalls reach")), "{:?}", diff.notes);
}

#[test]
fn rows_that_the_plan_does_not_name_decide_nothing() {
    let mut slower = made(10, 0.02, 1.0);
    for run in slower.runs_of("w1", "node") {
        run.loadgen["latency"]["from_intended"]["percentiles"]["p90"] = serde_json::json!({ "us": 1_600.0 });
    }
    let diff = between(&made(10, 0.02, 1.0), &slower);
    let row = of(&diff, "node", Metric::LatencyP90);
    assert_eq!((row.standing, row.change), (Standing::Exploratory, Change::IntervalOnly));
    assert!(!diff.has_regression());
}

#[test]
fn few_blocks_cannot_fail() {
    let diff = between(&made(3, 0.02, 1.0), &made(10, 0.02, 0.5));
    let row = of(&diff, THREADS, Metric::Throughput);
    assert_eq!(row.change, Change::Screening);
    assert!(row.words.starts_with("screening: too few blocks for 97.5 %: 3 before, 10 after"), "{}", row.words);
    assert!(!diff.has_regression() && diff.notes.iter().any(|note| note.contains("cannot fail")));
}

#[test]
fn a_new_limit_is_a_regression() {
    let before = made(10, 0.02, 1.0);
    let mut after = before.clone();
    after.runs_of("w1", THREADS).for_each(|run| run.status = Status::Limit("limit: threads: no more".to_owned()));
    assert_eq!(of(&between(&before, &after), THREADS, Metric::Throughput).change, Change::NewLimit);
    assert!(between(&before, &after).has_regression());
    assert_eq!(of(&between(&after, &after), THREADS, Metric::Throughput).change, Change::Limit);
    assert!(!between(&after, &before).has_regression());
}

#[test]
fn other_machines_and_loads_are_not_comparable() {
    let before = made(6, 0.02, 1.0).manifest;
    let reasons = |change: fn(&mut report::results::Manifest)| {
        let mut after = before.clone();
        change(&mut after);
        incomparable(&before, &after)
    };
    assert_eq!(reasons(|_| {}), Vec::<String>::new());
    assert_eq!(reasons(|after| after.plan.blocks = 20), Vec::<String>::new());
    assert_eq!(reasons(|after| after.plan.variants.truncate(3)), Vec::<String>::new());
    assert_eq!(reasons(|after| after.machine.processors = 8), ["another number of processors: 2 before, 8 after"]);
    assert_eq!(reasons(|after| after.machine.kernel = "7.0".to_owned()), ["another kernel: 6.1 before, 7.0 after"]);
    assert_eq!(reasons(|after| after.plan.measure_s = 1.0), ["another warm-up or another window"]);
    assert_eq!(reasons(|after| after.plan.workload[0].connections = 9), ["the workload w1 is another one"]);
    assert_eq!(reasons(|after| after.plan.workload[0].name = "w9".to_owned()), ["no workload is in both plans"]);
}

#[test]
fn the_table() {
    insta::assert_snapshot!(table(&between(&made(10, 0.02, 1.0), &made(10, 0.02, 0.85))));
}

fn written(made: &Comparison) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let directory = RunDirectory::create(folder.path()).unwrap();
    directory.write_manifest(&made.manifest).unwrap();
    made.runs.iter().for_each(|run| directory.write_run(run).unwrap());
    made.server_runs.iter().for_each(|server_run| directory.write_server_run(server_run).unwrap());
    folder
}

/// Exit status, standard output and standard error.
fn told(before: &TempDir, after: &TempDir, flags: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_report"));
    let output = command.arg("diff").args([before.path(), after.path()]).args(flags).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_tells_by_its_exit_status() {
    let (good, bad) = (written(&made(7, 0.01, 1.0)), written(&made(7, 0.01, 0.7)));
    let (status, table, _) = told(&good, &bad, &[]);
    assert_eq!(status, Some(1), "{table}");
    assert!(table.contains("REGRESSION: before is faster"), "{table}");
    let (status, json, _) = told(&bad, &good, &["--json"]);
    assert_eq!(status, Some(0));
    assert!(!serde_json::from_str::<Diff>(&json).unwrap().has_regression());
    let mut elsewhere = made(7, 0.01, 1.0);
    elsewhere.manifest.machine.processor = "another".to_owned();
    let elsewhere = written(&elsewhere);
    let (status, _, why) = told(&good, &elsewhere, &[]);
    assert_eq!(status, Some(2));
    assert!(why.contains("not comparable: another processor") && why.contains("--force"), "{why}");
    let (status, table, _) = told(&good, &elsewhere, &["--force"]);
    assert_eq!(status, Some(0));
    assert!(table.contains("note: not comparable: another processor"), "{table}");
}

#[test]
fn a_damaged_file_does_not_count_and_is_named() {
    let folder = written(&made(7, 0.01, 1.0));
    let file = folder.path().join("runs/w1/herd-tasks.jsonl");
    let lines = std::fs::read_to_string(&file).unwrap();
    let lines = lines.lines().enumerate().map(|(at, line)| if at == 2 { &line[..line.len() / 2] } else { line });
    std::fs::write(&file, lines.fold(String::new(), |text, line| text + line + "\n")).unwrap();
    let contents = RunDirectory::open(folder.path()).unwrap().contents().unwrap();
    assert_eq!((contents.runs.len(), contents.server_runs.len()), (27, 28));
    let analysis = report::analysis::analyse_contents(&contents);
    assert_eq!(analysis.appendix.excluded[0].source, "runs/w1/herd-tasks.jsonl#L3");
    assert!(analysis.appendix.excluded[0].why.starts_with("damaged: "), "{}", analysis.appendix.excluded[0].why);
    assert_eq!(analysis.rows[0].pairs.len(), 6);
}
