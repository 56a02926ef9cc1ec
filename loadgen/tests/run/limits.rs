//! Bounds, and exit statuses of the command.

use std::{
    process::{Command, Output},
    sync::{Arc, Mutex},
    time::Duration,
};

use loadgen::{
    result::Quantile,
    run::{Latencies, Pace, Plan},
};

use crate::{
    plans::{SHORT, drive, plan},
    server::{answer, say, start},
};

fn command(args: &[&str]) -> Output {
    let quick = ["--warmup", "50ms", "--duration", "300ms", "--timeout", "2s", "--stall-probe", "0s"];
    Command::new(env!("CARGO_BIN_EXE_loadgen")).arg("run").args(args).args(quick).output().unwrap()
}

fn status(args: &[&str]) -> i32 {
    command(args).status.code().unwrap()
}

#[test]
fn a_full_backlog_ends_the_run_as_overloaded() {
    let silent = start(|_, _, _| true);
    let pace = Pace::RatePerS(2_000.0);
    let measurement = drive(&Plan { backlog: 50, pace, timeout: SHORT, ..plan(silent) });
    assert!(measurement.verdict.overloaded.as_ref().is_some_and(|why| why.contains("--backlog 50")));
    assert!(measurement.requests() < 200, "{}", measurement.requests());
}

#[test]
fn a_wait_beyond_its_bound_ends_the_run_as_overloaded() {
    let silent = start(|_, _, _| true);
    let abort_if_behind = Some(Duration::from_millis(100));
    let measurement = drive(&Plan { abort_if_behind, timeout: Duration::from_secs(5), ..plan(silent) });
    assert!(measurement.verdict.overloaded.as_ref().is_some_and(|why| why.contains("more than 100ms")));
}

#[test]
fn idle_connections_speak_now_and_then_and_are_not_measured() {
    let spoken = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&spoken);
    let target = start(move |stream, line, _| {
        heard.lock().unwrap().push(line.to_vec());
        say(stream, &answer(line))
    });
    let interval = Duration::from_millis(100);
    let measurement = drive(&Plan { idle: 2, idle_interval: interval, requests: Some(20), ..plan(target) });
    assert_eq!(measurement.requests(), 20);
    // The clients of idle connections are numbered after the 40 others.
    let spoken = spoken.lock().unwrap();
    for client in ["load-40", "load-41"] {
        let times = spoken.iter().filter(|line| line.starts_with(format!("IAMAT {client} ").as_bytes())).count();
        assert!(times >= 2, "{client} spoke {times} times");
    }
}

#[test]
fn a_connection_for_each_request_is_part_of_its_latency() {
    let target = start(|stream, line, _| say(stream, &answer(line)));
    let measurement = drive(&Plan { pace: Pace::Closed, requests_per_connection: Some(1), ..plan(target) });
    assert_eq!(measurement.faults().total(), 0, "{:?}", measurement.kept());
    let p50_us = |latencies: &Latencies| match latencies.quantile(500_000) {
        Quantile::Exactly(us) => us,
        other @ (Quantile::AtLeast(_) | Quantile::TooFew) => panic!("{other:?}"),
    };
    assert!(p50_us(&measurement.intended) > p50_us(&measurement.written));
}

#[test]
fn requests_bound_a_run_exactly() {
    let target = start(|stream, line, _| say(stream, &answer(line)));
    for pace in [Pace::Closed, Pace::RatePerS(1_000.0)] {
        for workers in [1, 2] {
            let duration = Duration::from_secs(10);
            let measurement = drive(&Plan { requests: Some(101), pace, workers, duration, ..plan(target) });
            assert_eq!(measurement.requests(), 101, "{pace:?} with {workers}");
            assert_eq!(measurement.faults().total(), 0);
        }
    }
}

#[test]
fn the_exit_status_says_what_happened() {
    let target = start(|stream, line, _| say(stream, &answer(line))).to_string();
    let open = ["--target", &target, "--connections", "2", "--rate", "100"];
    let with = |more: &[&'static str]| status(&[&open[..], more].concat());
    assert_eq!(with(&[]), 0);
    assert_eq!(with(&["--fail-if", "max<0s"]), 0);
    assert_eq!(with(&["--fail-if", "p50>0s"]), 3);
    assert_eq!(with(&["--fail-if", "p51>0s"]), 2);
    assert_eq!(status(&["--target", &target]), 2);
    assert_eq!(status(&["--target", &target, "--rate", "0"]), 2);
    let silent = start(|_, _, _| true).to_string();
    assert_eq!(status(&["--target", &silent, "--rate", "100"]), 1);
    assert_eq!(status(&["--target", &silent, "--rate", "9k", "--backlog", "9"]), 1);
}

#[test]
fn more_connections_than_descriptors_are_refused_with_what_would_fit() {
    let output = command(&["--target", "127.0.0.1:1", "--rate", "1", "--connections", "2000000000"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("files, so at most"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_summary_starts_with_the_verdict_and_json_stands_alone() {
    let target = start(|stream, line, _| say(stream, &answer(line))).to_string();
    let output = command(&["--target", &target, "--rate", "100", "--connections", "2"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("generator ok") || first.starts_with("GENERATOR-LIMITED"), "{text}");
    assert!(text.contains("failed 0 of"), "{text}");
    let output = command(&["--target", &target, "--rate", "100", "--connections", "2", "--json", "-"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["format"], "loadgen-run/1");
    assert_eq!(document["requests"], document["latency"]["from_intended"]["count"]);
}
