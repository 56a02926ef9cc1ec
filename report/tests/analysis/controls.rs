//! The A/A control: it halves the noise of threads, says what it would have shown, and is held against chance.

use report::{
    analysis::{Analysis, Outcome},
    plan::{Metric, Workload},
};

use crate::{
    comparison::{CONTROL, Comparison, TASKS, THREADS, alike, contrast, plan, race, row},
    run::Like,
};

const CPU: &str = "w1.cpu-per-request.herd-threads.herd-tasks";

fn one_race() -> report::plan::Plan {
    plan(10, vec![race("w1", "few busy connections")], vec![contrast("w1", Metric::CpuPerRequest)])
}

/// Threads cost 32 µs and their control 18: by the geometric mean 24, which is what tasks cost.
fn apart(workload: &Workload, variant: &str) -> Like {
    let cpu_us = match variant {
        THREADS => 32.0,
        CONTROL => 18.0,
        TASKS => 24.0,
        _ => 25.0,
    };
    Like { cpu_us, ..alike(workload, variant) }
}

#[test]
fn threads_and_their_control_are_one_server() {
    let analysis = Comparison::of(one_race(), 0.0, &apart).analyse();
    // The control differs from itself so much that the row is void; its figures stand all the same.
    let pooled = row(&analysis, CPU);
    assert_eq!(pooled.outcome, Outcome::Void);
    assert!((pooled.ratio.unwrap() - 1.0).abs() < 1e-9, "{:?}", pooled.ratio);
    let threads = pooled.values[0].as_ref().unwrap();
    assert!((threads.median - 24.0).abs() < 1e-9 && threads.blocks == 10);
    assert_eq!(threads.sources[..2], ["runs/w1/herd-threads.jsonl#L1", "runs/w1/herd-threads-twin.jsonl#L1"]);
    let control = row(&analysis, "w1.cpu-per-request.herd-threads-twin.herd-threads");
    assert!((control.ratio.unwrap() - 18.0 / 32.0).abs() < 1e-9, "the control itself is not pooled");
    let rival = row(&analysis, "w1.cpu-per-request.node.herd-threads");
    assert!((rival.ratio.unwrap() - 25.0 / 24.0).abs() < 1e-9, "{:?}", rival.ratio);
}

#[test]
fn a_block_without_the_control_has_threads_alone() {
    let mut made = Comparison::of(one_race(), 0.0, &apart);
    made.runs.retain(|run| run.variant != CONTROL || run.block > 3);
    let analysis = made.analyse();
    let ratios: Vec<f64> = row(&analysis, CPU).pairs.iter().map(|pair| pair.ratio).collect();
    assert_eq!(ratios.len(), 10);
    assert!(ratios[..3].iter().all(|ratio| (ratio - 32.0 / 24.0).abs() < 1e-9), "{ratios:?}");
    assert!(ratios[3..].iter().all(|ratio| (ratio - 1.0).abs() < 1e-9), "{ratios:?}");
}

#[test]
fn pooling_narrows_the_interval() {
    let width = |analysis: &Analysis| {
        let interval = row(analysis, CPU).interval.unwrap();
        (interval.high.unwrap() / interval.low).ln()
    };
    let mut made =
        Comparison::of(plan(20, vec![race("w1", "few")], vec![contrast("w1", Metric::CpuPerRequest)]), 0.1, &alike);
    let pooled = width(&made.analyse());
    made.runs.retain(|run| run.variant != CONTROL);
    let alone = width(&made.analyse());
    // The variance of a pair falls from 2 to 1.5 of a run's, its deviation to 0.87.
    assert!((0.75..0.97).contains(&(pooled / alone)), "{pooled} against {alone}");
}

/// Eight races, in the first few of which the control costs 3 % more: within the margin, and plain to see.
fn differing(races: usize) -> Analysis {
    let workloads = (1..=8).map(|number| race(&format!("w{number}"), "a situation")).collect();
    let truth = move |workload: &Workload, variant: &str| {
        let like = alike(workload, variant);
        let number: usize = workload.name[1..].parse().unwrap();
        let factor = if variant == CONTROL && number <= races { 1.03 } else { 1.0 };
        Like { cpu_us: like.cpu_us * factor, ..like }
    };
    Comparison::of(plan(10, workloads, vec![contrast("w1", Metric::CpuPerRequest)]), 0.002, &truth).analyse()
}

#[test]
fn more_controls_that_differ_than_chance_explains_stand_at_the_top() {
    let analysis = differing(4);
    let caution = analysis.answer.caution.as_ref().unwrap();
    let wanted = "The intervals on this page are too narrow: 4 of 8 A/A controls, the same server entered twice, show a \
                  difference that is not there. Chance gives 0.4 of 8, and so many with a probability of 0.037 %.";
    assert_eq!(caution, wanted);
    assert_eq!(analysis.answer.texts().next(), Some(caution.as_str()));
    assert!(analysis.trust.controls.iter().all(|control| !control.is_void));
    assert_eq!(analysis.trust.controls.iter().filter(|control| control.is_counted).count(), 8, "one a workload");
}

#[test]
fn as_many_as_chance_explains_are_told_and_no_more() {
    let analysis = differing(0);
    let chance = analysis.trust.chance.unwrap();
    assert!(chance.differ <= 1 && chance.of == 8 && !chance.is_beyond(), "{chance:?}");
    assert_eq!(analysis.answer.caution, None);
    let told = format!("{} of 8 A/A controls differ (chance: 0.40)", chance.differ);
    assert!(analysis.trust.line.contains(&told), "{}", analysis.trust.line);
}

#[test]
fn a_control_says_what_it_would_have_shown() {
    let analysis = Comparison::of(one_race(), 0.05, &alike).analyse();
    let control = row(&analysis, "w1.cpu-per-request.herd-threads-twin.herd-threads");
    let check = analysis.trust.controls.iter().find(|check| check.row == control.id).unwrap();
    let interval = control.interval.unwrap();
    let half = ((interval.high.unwrap() / interval.low).ln() / 2.0).exp() - 1.0;
    assert!((check.would_have_shown.unwrap() - half).abs() < 1e-12);
    assert!(control.words.contains("would have shown, 10 blocks"), "{}", control.words);
}
