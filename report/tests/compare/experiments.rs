//! Experiments of a plan, after its last block.

use std::fs;

use crate::world::{RUNS, World, finished};

/// An experiment of the plan.
fn experiment(name: &str) -> String {
    format!("\n[[experiment]]\nname = {name:?}\nrounds = 1\ntakes_s = 1.0\n")
}

#[test]
fn what_was_observed_whole_is_not_observed_again() {
    let world = World::new();
    world.add_to_plan(&experiment("dependencies"));
    let file = world.path("out/experiments/dependencies.jsonl");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "").unwrap();
    finished(&mut world.begin());
    assert_eq!(fs::read_to_string(&file).unwrap(), "");
    assert!(world.path("out/end.json").exists());
    world.expect_no_process();
}

#[test]
fn an_experiment_that_there_is_not_is_told_and_the_runs_are_kept() {
    let world = World::new();
    world.add_to_plan(&experiment("alchemy"));
    let output = world.begin().output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("there is no experiment \"alchemy\"; there are dependencies, faults, joining"), "{told}");
    assert_eq!(world.runs().len(), 2 * RUNS);
    assert!(!world.path("out/end.json").exists(), "it is not complete");
}
