//! Several servers of one variant: what each component spends, and what is seen while the centre of a star is gone. They are
//! written in Python, which needs no build.

use serde_json::Value;

use crate::world::{World, finished};

const TOPOLOGIES: &str = r#"
[[topologies]]
shapes = ["herd", "star"]
servers = [2]
connections = 4
variants = ["two"]
measure_s = 0.5

[[topologies]]
shapes = ["star"]
servers = [3]
connections = 3
rate_per_s = 100.0
variants = ["two"]
kill = "centre"
"#;

#[test]
fn components_are_told_apart_and_a_centre_that_was_killed_comes_back() {
    let Some(world) = World::in_python(&[]) else { return };
    world.change_plan("blocks = 2", "blocks = 1");
    world.add_to_plan(TOPOLOGIES);
    finished(&mut world.begin());
    world.expect_no_process();

    let runs = world.runs();
    let used = |workload: &str| {
        let run = runs.values().find(|run| run["workload"] == workload).unwrap();
        assert_ne!(run["status"]["is"], "failed", "{run}");
        run["topology"].clone()
    };
    let components = |load: &Value| {
        let of = |component: &Value| {
            assert!(component["cpu_s"].as_f64() >= Some(0.0), "{component}");
            format!("{} {}", component["kind"].as_str().unwrap(), component["server"].as_str().unwrap())
        };
        load["components"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let (herd, star) = (used("herd-2"), used("star-2"));
    let asked: Vec<&Value> = herd["loads"].as_array().unwrap().iter().map(|load| &load["asked"]).collect();
    assert_eq!(asked, ["updates", "reads", "both"]);
    assert_eq!(components(&herd["loads"][0]), ["server Goloman", "server Wilkes"]);
    assert_eq!(components(&star["loads"][0]), ["centre Centre", "server Goloman", "server Wilkes"]);
    assert!(star["loads"][0]["converged_s"].is_number(), "{star}");

    let outage = &used("star-3-without-centre")["outage"];
    let seconds = |name: &str| outage[name].as_f64().unwrap();
    assert_eq!(outage["failed"], 0, "servers go on without the centre: {outage}");
    assert_eq!(outage["lost"], 0, "what was answered is told once the centre is back: {outage}");
    assert!(seconds("away_s") >= 1.0 && seconds("unseen_s") >= 0.5, "nobody passed updates on: {outage}");
}
