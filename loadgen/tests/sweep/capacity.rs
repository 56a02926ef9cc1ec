//! The search for the highest rate that keeps an objective.

use std::{thread, time::Duration};

use crate::{
    document,
    server::{answer, say, start},
    sweep,
};

/// Answers each request after 10 ms, so that two connections do no more than 200 requests a second.
fn slow() -> String {
    let target = start(|stream, line, _| {
        thread::sleep(Duration::from_millis(10));
        say(stream, &answer(line))
    });
    target.to_string()
}

#[test]
fn a_capacity_is_bracketed_to_the_search_resolution() {
    let target = slow();
    let output = sweep(&[
        "--target",
        &target,
        "--connections",
        "2",
        "--find-capacity",
        "--rate",
        "60",
        "--objective",
        "p50<=50ms,errors<=5%",
        "--duration",
        "700ms",
        "--json",
        "-",
    ]);
    let found = document(&output);
    let search = &found["search"];
    let holds = search["holds_per_s"].as_f64().unwrap();
    // More is beyond the server. How much less depends on what else the machine does; one rate in four it can always do.
    assert!((40.0..260.0).contains(&holds), "{search}");
    if search["limit"] == "server" {
        assert!(search["search_resolution"].as_f64().unwrap() <= 1.1, "{search}");
        let fails = search["fails_per_s"].as_f64().unwrap();
        let runs = found["runs"].as_array().unwrap();
        let failed = runs.iter().filter(|run| run["rate_per_s"].as_f64() == Some(fails) && run["note"] != "GENERATOR");
        assert!(failed.count() >= 2, "a rate fails only if it fails twice");
    } else {
        assert_eq!(search["limit"], "generator", "{search}");
    }
}

#[test]
fn an_objective_that_no_rate_keeps_is_said_and_exits_with_3() {
    let target = slow();
    let output = sweep(&[
        "--target",
        &target,
        "--connections",
        "2",
        "--find-capacity",
        "--rate",
        "3",
        "--objective",
        "max<=1ms",
        "--duration",
        "500ms",
        "--strict",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    // On a machine that is too busy for ten requests a second the generator is the limit.
    assert!(matches!(output.status.code(), Some(3 | 4)), "{text}");
    assert!(text.contains("no rate that was tried holds") || text.contains("limit: generator"), "{text}");
}

#[test]
fn too_few_samples_end_a_search_and_say_so() {
    let target = slow();
    let output = sweep(&[
        "--target",
        &target,
        "--connections",
        "2",
        "--find-capacity",
        "--rate",
        "50",
        "--objective",
        "p99<=9s",
        "--duration",
        "200ms",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("limit: samples"), "{text}");
}

#[test]
fn an_overload_is_a_failed_probe() {
    let target = slow();
    let output = sweep(&[
        "--target",
        &target,
        "--connections",
        "2",
        "--find-capacity",
        "--rate",
        "2k",
        "--objective",
        "errors<=100%",
        "--duration",
        "400ms",
        "--backlog",
        "60",
        "--json",
        "-",
    ]);
    let found = document(&output);
    let notes: Vec<&str> = found["runs"].as_array().unwrap().iter().map(|run| run["note"].as_str().unwrap()).collect();
    assert!(notes.contains(&"OVERLOADED") || notes.contains(&"GENERATOR"), "{notes:?}");
    assert!(found["search"]["fails_per_s"].is_f64() || found["search"]["limit"] == "generator", "{}", found["search"]);
}

#[test]
fn a_closed_loop_has_no_capacity_of_this_kind() {
    let target = slow();
    let output = sweep(&["--target", &target, "--closed", "--find-capacity", "--objective", "p50<=1s"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("needs an open loop"));
    let output = sweep(&["--target", &target, "--find-capacity"]);
    assert_eq!(output.status.code(), Some(2));
}
