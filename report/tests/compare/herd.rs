//! Five servers of one variant that do flood, told updates at one of them. They are written in Python, which needs no build.

use serde_json::Value;

use crate::world::{World, finished};

const HERDS: &str = r#"
[[workload]]
name = "load"
role = "herd"
about = "200 updates a second told at one server of five"
variants = ["two"]
connections = 2
pace = { rate-per-s = 200.0 }
iamat = 1
measure_s = 0.5

[[workload]]
name = "light"
role = "farthest"
about = "50 updates a second, seen two links away"
variants = ["two"]
connections = 2
pace = { rate-per-s = 50.0 }
iamat = 1
measure_s = 0.5
"#;

#[test]
fn a_herd_of_five_is_told_at_one_and_watched_at_all() {
    let Some(world) = World::in_python(&[]) else { return };
    world.change_plan("blocks = 2", "blocks = 1");
    world.add_to_plan(HERDS);
    finished(&mut world.begin());
    world.expect_no_process();

    let runs = world.runs();
    // On a machine that has much else to do these runs may not count; what they saw is the same.
    let run = |workload: &str| runs.values().find(|run| run["workload"] == workload).unwrap();
    let herd = |workload: &str| run(workload)["herd"]["servers"].as_array().unwrap();
    let names: Vec<&Value> = herd("load").iter().map(|server| &server["name"]).collect();
    assert_eq!(names, ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"], "{}", run("load"));
    assert!(herd("load").iter().all(|server| server["cpu_s"].as_f64() > Some(0.0)), "{}", run("load"));
    let settled = run("load")["loadgen"]["settled"].as_array().unwrap();
    assert!(settled.len() == 5 && settled.iter().all(|server| server["after_s"].is_number()), "{settled:?}");

    let seen = &run("light")["loadgen"]["seen_at_seat"];
    assert!(seen["count"].as_u64() > Some(0) && seen["count"] == seen["answered"], "{seen}");
    assert_eq!(herd("light").len(), 4, "the fifth is the load generator");
    let null = &run("light")["herd"]["null"]["latency"];
    assert_eq!(null.is_object(), run("light")["status"]["is"] == "measured", "only what counts is compared: {null}");
}
