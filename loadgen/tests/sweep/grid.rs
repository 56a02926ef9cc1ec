//! Every combination, in an order of the seed.

use std::{process::Command, time::Duration};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    document,
    server::{answer, say, start},
    sweep,
};

fn target() -> String {
    start(|stream, line, _| say(stream, &answer(line))).to_string()
}

#[test]
fn each_combination_is_run_as_often_as_asked_in_an_order_of_the_seed() {
    let target = target();
    let order = |seed: &str| {
        let grid = ["--rates", "100,200", "--connection-counts", "1,2,3", "--repeat", "2"];
        let more = ["--target", &target, "--duration", "50ms", "--seed", seed, "--json", "-"];
        let output = sweep(&[&grid[..], &more[..]].concat());
        assert_eq!(output.status.code(), Some(0));
        let found = document(&output);
        assert_eq!(found["format"], "loadgen-sweep/1");
        let runs = found["runs"].as_array().unwrap().clone();
        for run in &runs {
            assert_eq!(run["result"]["format"], "loadgen-run/1");
            assert_eq!(run["result"]["plan"]["connections"], run["connections"]);
            assert_eq!(run["result"]["plan"]["rate_per_s"], run["rate_per_s"]);
            assert_eq!(run["result"]["plan"]["seed"], run["seed"]);
        }
        let point = |run: &serde_json::Value| {
            (run["rate_per_s"].as_f64().unwrap().to_string(), run["connections"].as_u64(), run["repetition"].as_u64())
        };
        runs.iter().map(point).collect::<Vec<_>>()
    };
    let (first, other) = (order("1"), order("2"));
    assert_eq!(first.len(), 12);
    assert_ne!(first, other);
    let sorted = |mut points: Vec<_>| {
        points.sort_unstable();
        points.dedup();
        points
    };
    assert_eq!(sorted(first.clone()).len(), 12);
    assert_eq!(sorted(first), sorted(other));
}

#[test]
fn the_table_fits_a_terminal_and_the_csv_has_a_row_for_each_run() {
    let csv = tempfile::NamedTempFile::new().unwrap();
    let path = csv.path().to_str().unwrap();
    let output =
        sweep(&["--target", &target(), "--closed", "--connection-counts", "1,2", "--duration", "50ms", "--csv", path]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("CLOSED LOOP"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let rows = std::fs::read_to_string(path).unwrap();
    let columns: Vec<usize> = rows.lines().map(|row| row.split(',').count()).collect();
    assert_eq!(columns, [18, 18, 18], "{rows}");
}

#[test]
fn a_sweep_over_nothing_is_wrong_usage() {
    let target = target();
    for args in [
        &["--rate", "100"][..],
        &["--connection-counts", "1,2"],
        &["--rates", "1,0"],
        &["--rates", "100", "--closed"],
        &["--rates", "100", "--connection-counts", "0"],
        &["--rates", "100", "--repeat", "0"],
    ] {
        let output = sweep(&[&["--target", &target], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn a_server_that_is_gone_ends_the_sweep_with_what_came_before() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let output = sweep(&["--target", &closed, "--rates", "100,200", "--json", "-"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(document(&output)["error"].as_str().unwrap().contains(&closed));
}

#[test]
fn an_interrupt_ends_early_and_reports() {
    let lasting = ["--rates", "100,200", "--duration", "1m", "--warmup", "0s", "--stall-probe", "0s", "--json", "-"];
    let (seen, heard) = std::sync::mpsc::channel();
    let spoken = start(move |stream, line, _| {
        seen.send(()).ok();
        say(stream, &answer(line))
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command.args(["sweep", "--target", &spoken.to_string()]).args(lasting).stdout(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    heard.recv_timeout(Duration::from_secs(30)).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let found = document(&output);
    assert_eq!(found["interrupted"], true);
    assert_eq!(found["runs"].as_array().unwrap().len(), 1);
}
