//! The appendix, and the charts of rates.

use report::plan::{Metric, Pace, Role};
use serde_json::json;

use crate::comparison::{Comparison, TASKS, THREADS, alike, contrast, plan, race};

fn made() -> Comparison {
    Comparison::of(plan(4, vec![race("w1", "few")], vec![contrast("w1", Metric::Throughput)]), 0.0, &alike)
}

#[test]
fn percentiles_are_merged_over_blocks() {
    let analysis = made().analyse();
    let curve = &analysis.appendix.percentiles[0];
    assert_eq!((curve.variant.as_str(), curve.steps.len()), (THREADS, 40));
    // Four blocks of 2,000 samples: ten of 8,000 lie above the last step.
    let last = curve.steps.last().unwrap();
    assert!((last.quantile - (1.0 - 10.0 / 8_000.0)).abs() < 1e-9);
    // The samples are exponential with a mean of 400 µs.
    for step in &curve.steps[5..] {
        let wanted = -400.0 * (1.0 - step.quantile).ln();
        assert!((step.latency_us / wanted - 1.0).abs() < 0.04, "{step:?}, not {wanted}");
    }
    assert!(curve.steps.windows(2).all(|pair| pair[0].latency_us <= pair[1].latency_us));
}

#[test]
fn a_merged_curve_ends_where_failed_requests_decide() {
    let failing = |workload: &_, variant: &str| crate::run::Like { failed: 500, ..alike(workload, variant) };
    let plan = plan(4, vec![race("w1", "few")], Vec::new());
    let analysis = Comparison::of(plan, 0.0, &failing).analyse();
    // 500 of 2,500 in each block failed after 5 s: beyond 80 % nothing is known.
    let last = analysis.appendix.percentiles[0].steps.last().unwrap();
    assert!(last.quantile <= 0.8 && last.quantile > 0.7, "{last:?}");
}

#[test]
fn a_damaged_histogram_leaves_its_curve_out() {
    let mut made = made();
    made.runs_of("w1", TASKS).next().unwrap().loadgen["latency"]["from_intended"]["hdr"] = json!("HISTF====");
    let analysis = made.analyse();
    assert!(!analysis.appendix.percentiles.iter().any(|curve| curve.variant == TASKS));
    assert!(
        analysis.trust.warnings.iter().any(|warning| warning.contains("histogram")),
        "{:?}",
        analysis.trust.warnings
    );
}

#[test]
fn stalls_that_were_kept_make_a_curve() {
    let mut made = made();
    assert!(made.analyse().trust.stalls.unwrap().steps.is_empty(), "their lengths were not kept");
    let lengths: Vec<f64> = (0..12).map(|index| 11_800.0 - 100.0 * f64::from(index)).collect();
    made.manifest.machine.stalls.as_mut().unwrap().lengths_us = lengths;
    let steps = made.analyse().trust.stalls.unwrap().steps;
    // 135 ms of 20 s: nothing is waited for 99 % of the time, and at 99.8 % what leaves 40 ms above it.
    let at = |quantile: f64| steps.iter().find(|step| (step.quantile - quantile).abs() < 1e-9).unwrap().latency_us;
    assert!(at(0.99) <= 0.0);
    assert!((at(0.998) - (135_000.0 - 40_000.0) / 12.0).abs() < 1e-6, "{steps:?}");
    // A curve of other lengths than the probe tells is none.
    made.manifest.machine.stalls.as_mut().unwrap().lengths_us = vec![20_000.0];
    assert_eq!(made.analyse().trust.stalls, None);
}

#[test]
fn runs_are_listed_as_they_were_made() {
    let mut made = made();
    made.runs.reverse();
    let order = made.analyse().appendix.order;
    assert_eq!(order.len(), 16);
    assert_eq!((order[0].block, order[0].source.as_str()), (1, "runs/w1/herd-threads.jsonl#L1"));
    assert!(order.windows(2).all(|pair| pair[0].at_s < pair[1].at_s));
}

#[test]
fn seconds_are_whole_ones() {
    let mut made = made();
    let run = made.runs_of("w1", THREADS).next().unwrap();
    run.loadgen["window_s"] = json!(3.5);
    run.loadgen["throughput_per_s"] = json!(80_000.0 / 3.5);
    run.loadgen["offered_per_s"] = json!(80_000.0 / 3.5);
    let analysis = made.analyse();
    assert_eq!(analysis.appendix.seconds[0].completed.len(), 3);
    assert_eq!(analysis.appendix.seconds[1].completed.len(), 4);
}

#[test]
fn rates_of_one_load_are_one_chart() {
    let rate = |name: &str, per_s: f64, connections: u32| {
        let mut workload = race(name, "");
        (workload.role, workload.situation, workload.pace) = (Role::Rate, None, Pace::RatePerS(per_s));
        workload.connections = connections;
        workload
    };
    let workloads = vec![rate("r2", 20_000.0, 50), rate("r1", 10_000.0, 50), rate("r3", 20_000.0, 500)];
    let mut made = Comparison::of(plan(6, workloads, Vec::new()), 0.01, &alike);
    for run in made.runs_of("r1", TASKS) {
        run.loadgen["latency"]["from_intended"]["percentiles"]["p99"] = json!(null);
    }
    let analysis = made.analyse();
    assert_eq!(analysis.latency.len(), 2);
    let chart = &analysis.latency[0];
    assert_eq!(chart.title, "Latency against offered rate: updates and searches 1 to 1 over 50 connections");
    let p99 = chart.curves.iter().find(|curve| curve.variant == TASKS && curve.part == "p99").unwrap();
    assert_eq!(p99.points.iter().map(|point| point.x.to_string()).collect::<Vec<_>>(), ["10000", "20000"]);
    assert_eq!(p99.points[0].why, "n/a: too few samples");
    assert!(p99.points[0].y.is_none() && p99.points[1].y.is_some());
    // Cells that no primary row names have no rows.
    assert!(analysis.rows.is_empty());
}
