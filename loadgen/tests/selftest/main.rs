//! The generator against the closed form, in its short form; and against what it would be if it counted wrongly.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};

use serde_json::Value;

fn selftest(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadgen")).args(["selftest", "--short"]).args(args).output().unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    })
}

/// How often a right generator may be tried: a machine that runs many tests at once may stand still for a while. A
/// wrong one fails each time.
const TRIES: usize = 3;

/// The p90 of a reading, in µs.
fn p90_us(reading: &Value) -> f64 {
    reading["values"]["p90"]["us"].as_f64().unwrap()
}

#[test]
fn the_generator_finds_what_was_arranged() {
    let mut output = selftest(&["--json", "-"]);
    for _ in 1..TRIES {
        if output.status.success() {
            break;
        }
        output = selftest(&["--json", "-"]);
    }
    let found = document(&output);
    assert_eq!(output.status.code(), Some(0), "{} {}", found["checks"], found["unanswered_checks"]);
    assert_eq!(found["format"], "loadgen-selftest/1");
    assert_eq!(found["checks"].as_array().unwrap().len(), 4);
    // Read from the writing, the freeze all but vanishes.
    let readings = &found["readings"];
    assert!(p90_us(&readings[0]) > 5.0 * p90_us(&readings[1]), "{readings}");
    // With failures dropped, what nobody knows becomes a small number.
    let unanswered = &found["unanswered_readings"];
    assert!(unanswered[0]["values"]["p90"]["at_least_us"].is_f64(), "{unanswered}");
    assert!(p90_us(&unanswered[1]) < 300_000.0, "{unanswered}");
}

#[test]
fn a_generator_that_counts_from_the_writing_fails() {
    let mut output = selftest(&["--reading", "written"]);
    for _ in 1..TRIES {
        // A trial that could not be arranged prints no reading.
        if !output.stdout.is_empty() {
            break;
        }
        output = selftest(&["--reading", "written"]);
    }
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.lines().any(|line| line.trim_start().starts_with("p90") && line.ends_with("FAIL")), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80 || line.to_lowercase().starts_with("generator")),
        "{text}"
    );
}
