//! Herds of five that are raced in slices: one in Python, which needs no build, and a database that four replicas follow.

use crate::world::{World, finished};

const FLOODING: &str = r#"
[[workload]]
name = "flooding"
role = "race"
about = "five servers, updates told at the first"
variants = ["two", "redis"]
herd = true
connections = 4
pace = "closed"
iamat = 1
measure_s = 0.5
"#;

#[test]
fn what_all_five_spend_is_counted_also_of_replicas_of_another_server() {
    let Some(world) = World::in_python(&["redis"]) else { return };
    world.change_plan("blocks = 2", "blocks = 1");
    world.change_plan("\"one-twin\", \"two\"]", "\"one-twin\", \"two\", \"redis\"]");
    world.change_plan("about = \"two conn", "variants = [\"one\", \"one-twin\", \"two\"]\nabout = \"two conn");
    world.change_plan("about = \"three idle", "variants = [\"one\", \"one-twin\", \"two\"]\nabout = \"three idle");
    world.add_to_plan(FLOODING);
    finished(&mut world.begin());
    world.expect_no_process();

    let runs = world.runs();
    for variant in ["two", "redis"] {
        let run = runs.values().find(|run| run["workload"] == "flooding" && run["variant"] == variant).unwrap();
        assert_ne!(run["status"]["is"], "failed", "{run}");
        let servers = run["herd"]["servers"].as_array().unwrap();
        assert_eq!(servers.len(), 5, "{run}");
        assert!(servers.iter().all(|server| server["cpu_s"].as_f64() > Some(0.0)), "each takes every update: {run}");
        let sum = |field: usize| -> f64 {
            run["slices"].as_array().unwrap().iter().map(|slice| slice[field].as_f64().unwrap()).sum()
        };
        let (replies, cpu_us) = (sum(3), sum(4));
        let first_us = servers[0]["cpu_s"].as_f64().unwrap() * 1e6;
        assert!(replies > 0.0 && cpu_us > 1.2 * first_us, "{cpu_us} of all, {first_us} of the first: {run}");
        let command = run["command"].to_string();
        assert_eq!(command.contains("raw=redis.lines"), variant == "redis", "{command}");
        assert!(!command.contains("out/"), "a recording holds no path of the machine: {command}");
    }
}
