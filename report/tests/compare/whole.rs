use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::world::{MEMORY, RUNS, World, finished, program};

fn read(world: &World, file: &str) -> Value {
    serde_json::from_slice(&fs::read(world.path(file)).unwrap()).unwrap()
}

#[test]
fn a_comparison_writes_every_run_and_leaves_no_process() {
    let world = World::new();
    let output = finished(&mut world.begin());
    world.expect_no_process();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(told.lines().last(), Some(&*world.path("out/index.html").display().to_string()), "{told}");
    for file in ["index.html", "report.md", "report.json", "answer.svg"] {
        assert!(fs::metadata(world.path("out").join(file)).unwrap().len() > 500, "{file} is empty");
    }
    let manifest = read(&world, "out/manifest.json");
    assert_eq!((&manifest["format"], &manifest["plan"]["name"]), (&"herd-comparison/3".into(), &"tiny".into()));
    assert_eq!(manifest["participants"][0]["hashes"][0][0], program());
    assert_eq!(read(&world, "out/end.json")["format"], "herd-end/1");
    let runs = world.runs();
    assert_eq!(runs.len(), 2 * RUNS, "{:?}", runs.keys());
    let server_run = world.server_run("002-one-twin");
    assert_eq!((&server_run["end"], &server_run["block"]), (&"drained".into(), &2.into()));
    assert!(
        server_run["replies"].as_u64().unwrap() > 0 && server_run["switches"]["voluntary"].as_u64().unwrap() > 0,
        "{server_run}"
    );
    let files = world.files();
    assert!(files.iter().all(|file| file.extension().is_some_and(|found| found == "jsonl")), "{files:?}");
    assert!(files.len() == 9 && !world.path("out/.running.json").exists(), "{files:?}");
}

#[test]
fn a_run_tells_all_that_it_is_judged_by() {
    let world = World::new();
    world.add_to_plan(MEMORY);
    finished(&mut world.begin());
    let runs = world.runs();
    for block in [1, 2] {
        let of = |run: &&Value| run["block"] == block && run["workload"] == "busy";
        let positions: BTreeSet<u64> = runs.values().filter(of).map(|run| run["position"].as_u64().unwrap()).collect();
        assert_eq!(positions, [1, 2, 3].into(), "block {block}");
    }
    let hashes = |block: u32| -> BTreeSet<&str> {
        let of = |run: &&Value| run["block"] == block && run["workload"] == "quiet";
        runs.values().filter(of).map(|run| run["loadgen"]["trace_hash"].as_str().unwrap()).collect()
    };
    assert!(hashes(1).len() == 1 && hashes(2).len() == 1 && hashes(1) != hashes(2), "a block has one trace for all");
    let quiet = runs.values().find(|run| run["workload"] == "quiet").unwrap();
    let command: Vec<&str> = quiet["command"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(command.starts_with(&["loadgen", "race", "--keep-going", "--server"]), "{command:?}");
    assert!(command.ends_with(&["--json", "run.json"]), "{command:?}");
    let memory = runs.values().find(|run| run["workload"] == "memory").unwrap();
    let steps = |is_active: bool| -> Vec<u64> {
        let steps = memory["memory"].as_array().unwrap().iter().filter(|step| step["is_active"] == is_active);
        steps.map(|step| step["connections"].as_u64().unwrap()).collect()
    };
    assert_eq!((steps(false), steps(true)), (vec![2, 4], vec![2, 4]), "{memory}");
}

#[test]
fn a_dry_run_tells_what_would_be_done_and_writes_nothing() {
    let world = World::new();
    world.add_to_plan(MEMORY);
    let output = finished(world.begin().arg("--dry-run"));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in ["2 blocks of", "busy", "3 variants", "2 connections, closed loop", "memory at 2, 4", "in all about"] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(!world.path("out").exists());
}

#[test]
fn a_workload_that_does_not_fit_is_a_limit_and_not_a_failure() {
    let world = World::new();
    world.change_plan("idle = 3", "idle = 4000000000");
    let output = finished(&mut world.begin());
    assert!(String::from_utf8_lossy(&output.stderr).contains("warning: quiet is left out: limit: descriptors"));
    let status = &world.runs()["001-one-quiet"]["status"];
    assert_eq!(status["is"], "limit");
    assert!(status["why"].as_str().unwrap().starts_with("limit: descriptors: 12000000003 connections"), "{status}");
}

#[test]
fn what_cannot_be_carried_out_is_told_in_a_line() {
    let world = World::new();
    for (arguments, expected) in [
        (vec!["--plan", "nothing"], "there is no plan \"nothing\""),
        (vec!["--variants", "three"], "the plan has no variant \"three\"; it has one, one-twin, two"),
        (vec!["--variant", "two.variant.toml"], "a variant \"two\" takes part already"),
        (vec!["--variant", "x.toml"], "x.toml is no variant file"),
        (vec!["--variant", "x.variant.toml"], "x.variant.toml: cannot be read: No such file"),
        (vec!["--directory", "nowhere"], "nowhere: cannot be read"),
        (vec!["--out", "/proc/self/out"], "cannot write /proc/self/out/runs"),
        (vec!["--resume"], "holds no comparison"),
    ] {
        let mut command = if arguments[0] == "--resume" { world.go_on() } else { world.begin() };
        if arguments[0] == "--plan" || arguments[0] == "--out" || arguments[0] == "--directory" {
            command = plain(&world, &arguments);
        } else if arguments[0] != "--resume" {
            command.args(&arguments);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
}

/// A comparison with one argument other than usual.
fn plain(world: &World, instead: &[&str]) -> std::process::Command {
    let (plan, variants, out) = (world.path("plan.toml"), world.path("variants"), world.path("out"));
    let mut arguments =
        vec![("--plan", plan.as_os_str()), ("--directory", variants.as_os_str()), ("--out", out.as_os_str())];
    let value = std::ffi::OsStr::new(instead[1]);
    arguments.iter_mut().filter(|(name, _)| *name == instead[0]).for_each(|argument| argument.1 = value);
    let mut command = std::process::Command::new(program());
    command.arg("compare").current_dir(world.path("."));
    for (name, value) in arguments {
        command.arg(name).arg(value);
    }
    command
}
