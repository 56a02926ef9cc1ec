//! Damaged input is excluded with a reason, and never a panic.

use report::plan::Metric;
use serde_json::{Value, json};

use crate::comparison::{Comparison, THREADS, alike, contrast, plan, race};

fn made() -> Comparison {
    let plan = plan(7, vec![race("w1", "few busy connections")], vec![contrast("w1", Metric::Throughput)]);
    Comparison::of(plan, 0.01, &alike)
}

#[test]
fn each_damage_is_named() {
    let damages: [(&str, Value, &str); 10] = [
        ("/format", json!("loadgen-run/2"), "a newer loadgen wrote it; update this program"),
        ("/window_s", json!(-1.0), "window"),
        ("/window_s", json!("long"), "expected f64"),
        ("/completed", json!(0), "not one right reply"),
        ("/throughput_per_s", json!(1e300), "throughput"),
        ("/faults/wrong", json!(-3), "`-3`, expected u64"),
        ("/spent/server/total_s", json!(1e6), "processor time"),
        ("/latency/from_intended/percentiles/p50", json!({ "us": -1.0 }), "percentiles"),
        ("/verdict/reasons", json!({}), "generator_limited"),
        ("/verdict/reasons/interrupted", json!(true), "interrupted"),
    ];
    for (pointer, instead, why) in damages {
        let mut made = made();
        *made.runs[0].loadgen.pointer_mut(pointer).unwrap() = instead;
        let analysis = made.analyse();
        let [excluded] = analysis.appendix.excluded.as_slice() else {
            panic!("{pointer}: {:?}", analysis.appendix.excluded)
        };
        assert_eq!(excluded.source, "runs/w1/herd-threads.jsonl#L1");
        assert!(excluded.why.contains(why), "{pointer}: {}", excluded.why);
        assert_eq!(analysis.rows[0].pairs.len(), 6);
    }
}

#[test]
fn a_missing_field_is_named() {
    for field in ["window_s", "completed", "latency", "spent", "seconds", "trace_hash"] {
        let mut made = made();
        made.runs[0].loadgen.as_object_mut().unwrap().remove(field);
        let analysis = made.analyse();
        assert!(analysis.appendix.excluded[0].why.contains(field), "{:?}", analysis.appendix.excluded);
    }
}

#[test]
fn nothing_is_believed_that_the_plan_does_not_know() {
    let mut made = made();
    made.runs[0].variant = "apache".to_owned();
    made.runs[1].workload = "w9".to_owned();
    made.runs[2].block = 0;
    made.runs[3].block = 99;
    let analysis = made.analyse();
    assert_eq!(analysis.appendix.excluded.len(), 4);
    assert_eq!(analysis.trust.runs_excluded, 4);
}

#[test]
fn servers_that_should_only_wait_void_a_run() {
    let mut made = made();
    made.runs[0].waiting_cpu_share = 0.02;
    made.runs[1].waiting_cpu_share = f64::NAN;
    let analysis = made.analyse();
    assert_eq!(analysis.appendix.excluded.len(), 2);
    assert!(analysis.appendix.excluded[0].why.starts_with("servers that should only wait used"));
}

#[test]
fn of_two_runs_in_one_place_the_later_attempt_counts() {
    let mut made = made();
    let mut again = made.runs[0].clone();
    again.attempt = 2;
    again.loadgen["throughput_per_s"] = json!(1.0);
    made.runs.push(again);
    let analysis = made.analyse();
    // The later one is damaged, so that the earlier one stands.
    assert_eq!(analysis.appendix.excluded.len(), 1);
    assert_eq!(analysis.rows[0].pairs.len(), 7);
}

#[test]
fn the_order_of_files_does_not_matter() {
    let mut made = made();
    made.runs[3].loadgen = Value::Null;
    let one = serde_json::to_string(&made.analyse()).unwrap();
    made.runs.reverse();
    assert_eq!(one, serde_json::to_string(&made.analyse()).unwrap());
}

#[test]
fn an_empty_directory_has_an_analysis() {
    let mut made = made();
    (made.runs, made.server_runs) = (Vec::new(), Vec::new());
    let analysis = made.analyse();
    assert_eq!((analysis.trust.runs_measured, analysis.trust.blocks_whole), (0, 0));
    assert!(analysis.rows.iter().all(|row| row.ratio.is_none()));
    assert!(analysis.answer.choices.is_empty() && !analysis.answer.lines.is_empty());
}

#[test]
fn whatever_a_field_is_nothing_panics() {
    let junk = [json!(null), json!(-1), json!(1e308), json!("x"), json!([]), json!({}), json!(u64::MAX)];
    let whole = made();
    let mut pointers = Vec::new();
    walk(&whole.runs[0].loadgen, String::new(), &mut pointers);
    for pointer in &pointers {
        for instead in &junk {
            let mut made = whole.clone();
            made.runs.truncate(12);
            *made.runs[0].loadgen.pointer_mut(pointer).unwrap() = instead.clone();
            let analysis = made.analyse();
            let numbers = serde_json::to_value(&analysis.rows).unwrap();
            assert!(numbers.as_array().is_some_and(|rows| !rows.is_empty()), "{pointer} {instead}");
        }
    }
}

fn walk(value: &Value, at: String, pointers: &mut Vec<String>) {
    if let Value::Object(fields) = value {
        for (name, field) in fields {
            walk(field, format!("{at}/{name}"), pointers);
        }
    }
    if let Value::Array(elements) = value {
        for (index, element) in elements.iter().enumerate() {
            walk(element, format!("{at}/{index}"), pointers);
        }
    }
    pointers.push(at);
}

#[test]
fn sums_that_overflow_do_no_harm() {
    let mut made = made();
    for run in &mut made.runs {
        run.loadgen["faults"]["wrong"] = json!(u64::MAX);
        run.loadgen["faults"]["reset"] = json!(u64::MAX);
    }
    assert_eq!(made.analyse().trust.runs_measured, 0);
    made.manifest.plan.blocks = u32::MAX;
    made.manifest.plan.workload[0].iamat = u32::MAX;
    assert_eq!(made.analyse().trust.blocks_planned, u32::MAX);
}

#[test]
fn a_plan_that_makes_no_sense_does_no_harm() {
    let mut made = made();
    made.manifest.plan.margins.throughput = -1.0;
    made.manifest.plan.threads = "nobody".to_owned();
    made.manifest.plan.primary[0].workload = "w9".to_owned();
    made.manifest.machine.processors = 0;
    let analysis = made.analyse();
    assert!(analysis.rows.iter().all(|row| row.a != THREADS));
}
