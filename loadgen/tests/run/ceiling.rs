//! The share of the null server's ceiling.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::server::{answer, say, start};

/// The summary and the document of a short run against a small server, with ceilings kept in a folder.
fn drive(folder: &Path, args: &[&str]) -> (String, Value) {
    let target = start(|stream, line, _| say(stream, &answer(line))).to_string();
    let json = folder.join("run.json");
    let quick = ["--warmup", "50ms", "--duration", "300ms", "--timeout", "2s", "--stall-probe", "0s"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command.args(["run", "--target", &target, "--rate", "100", "--connections", "2", "--json"]).arg(&json).args(quick);
    let output = command.args(args).env("XDG_CACHE_HOME", folder).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text} {}", String::from_utf8_lossy(&output.stderr));
    (text, serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap())
}

#[test]
fn a_calibrated_ceiling_is_kept_for_later_runs_of_the_same_shape() {
    let folder = tempfile::tempdir().unwrap();
    let (text, document) = drive(folder.path(), &[]);
    assert!(text.contains("has not been measured; --calibrate does it"), "{text}");
    assert_eq!(document["ceiling"], Value::Null);

    let (_, calibrated) = drive(folder.path(), &["--calibrate"]);
    let (text, later) = drive(folder.path(), &[]);
    assert!(text.contains("% of the ceiling of"), "{text}");
    assert_eq!(later["ceiling"]["throughput_per_s"], calibrated["ceiling"]["throughput_per_s"]);
    let share = later["ceiling"]["share"].as_f64().unwrap();
    // A hundred a second is little beside what two connections can do.
    assert!(share > 0.0 && share < 0.5, "{share}");

    let (text, _) = drive(folder.path(), &["--depth", "2"]);
    assert!(text.contains("has not been measured"), "{text}");
    let elsewhere = folder.path().join("elsewhere.json");
    let (text, _) = drive(folder.path(), &["--calibration", elsewhere.to_str().unwrap()]);
    assert!(text.contains("has not been measured"), "{text}");
}
