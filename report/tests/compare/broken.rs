use std::{collections::BTreeSet, fs};

use crate::world::{RUNS, World, finished, program};

/// A server that answers wrongly when it is started for the second time, which is for the first block.
const ONCE_WRONG: &str = r#"
echo . >> starts
if [ "$(wc -l < starts)" = 2 ]; then reply="--reply pong"; else reply="--echo"; fi
exec "$0" loadgen null --model epoll $reply --listen "$1"
"#;

#[test]
fn a_servers_own_fault_is_told_of_it_alone_and_not_repeated() {
    let world = World::new();
    world.variant("two", &["sh", "-c", ONCE_WRONG, program(), "{listen}"]);
    world.change_plan("repeats = 0", "repeats = 9");
    world.change_plan("repeats = 9", "repeats = 9\ngates = { steal = 0.9, waiting = 0.9, wake_lag_us = 1e9 }");
    finished(&mut world.begin());
    let runs = world.runs();
    let why = runs["001-two-busy.failed-1"]["status"]["why"].as_str().unwrap();
    assert!(why.starts_with("wrong replies: ") && why.contains("pong"), "{why}");
    assert!(!runs.keys().any(|name| name.ends_with("-2")), "{:?}", runs.keys());
    for name in ["001-one-busy", "001-one-twin-busy", "002-one-busy", "002-two-busy"] {
        assert_eq!(runs[name]["status"]["is"], "measured", "{name}");
    }
    assert!(fs::read_to_string(world.path("variants/starts")).unwrap().lines().count() == 3);
}

#[test]
fn what_voids_a_race_voids_it_for_all_and_it_is_repeated() {
    let world = World::new();
    world.change_plan("blocks = 2", "blocks = 1");
    // No schedule is kept to the nanosecond.
    world.change_plan("repeats = 0", "repeats = 1\ngates = { steal = 0.9, waiting = 0.9, wake_lag_us = 0.001 }");
    world.change_plan("{ rate-per-s = 200.0 }", "{ rate-per-s = 2000.0 }\nmeasure_s = 1.0");
    finished(&mut world.begin());
    let runs = world.runs();
    let variants = ["one", "one-twin", "two"];
    for attempt in [1, 2] {
        for variant in variants {
            let why = &runs[&format!("001-{variant}-quiet.void-{attempt}")]["status"]["why"];
            assert_eq!(why["cause"], "late", "{why}");
            assert!(why["detail"].as_str().unwrap().contains("where 0.001 µs may be"), "{why}");
        }
    }
    let starts: BTreeSet<String> =
        variants.map(|variant| runs[&format!("001-{variant}-quiet.void-1")]["started_unix_s"].to_string()).into();
    assert_eq!(starts.len(), 1, "one race is void for all");
    assert!(!runs.contains_key("001-one-quiet.void-3"), "one repetition was all there was");
    assert_eq!(runs["001-one-busy"]["status"]["is"], "measured", "a closed loop has no schedule");
}

#[test]
fn a_server_that_dies_within_a_race_keeps_nobody_from_theirs() {
    let world = World::new();
    let dies = "\"$0\" loadgen null --model epoll --echo --listen \"$1\" & sleep 1.5; kill $!; wait";
    world.variant("two", &["sh", "-c", dies, program(), "{listen}"]);
    world.change_plan("blocks = 2", "blocks = 1");
    world.change_plan("measure_s = 0.1", "measure_s = 1.0\ngates = { steal = 0.9, waiting = 0.9, wake_lag_us = 1e9 }");
    finished(&mut world.begin());
    let runs = world.runs();
    for name in ["001-one-busy", "001-one-twin-busy"] {
        assert_eq!(runs[name]["status"]["is"], "measured", "{name}: {}", runs[name]["status"]);
        assert!(runs[name]["slices"].as_array().unwrap().len() >= 4, "{name}");
    }
    let failed = runs.keys().filter(|name| name.starts_with("001-two-") && name.ends_with(".failed-1"));
    assert!(failed.count() > 0, "{:?}", runs.keys());
}

#[test]
fn a_herd_that_passes_nothing_on_is_told_as_such() {
    let world = World::new();
    world.change_plan("blocks = 2", "blocks = 1");
    let herd = "role = \"herd\"\nvariants = [\"two\"]\nabout = \"a slow one\"";
    world.change_plan("role = \"race\"\nabout = \"three idle connections beside a slow one\"", herd);
    world.change_plan("idle = 3\n", "");
    finished(&mut world.begin());
    world.expect_no_process();
    let why = world.runs()["001-two-quiet.failed-1"]["status"]["why"].to_string();
    assert!(why.starts_with("\"its links do not stand: ") && why.contains("lacks the newest of"), "{why}");
}

#[test]
fn a_server_that_ends_is_started_anew_for_its_next_run() {
    let world = World::new();
    // It ends by itself as soon as it listens; what it should have measured says so, and the others go on.
    world.variant(
        "two",
        &["sh", "-c", "exec timeout 2 \"$0\" loadgen null --model epoll --echo --listen \"$1\"", program(), "{listen}"],
    );
    finished(&mut world.begin());
    let runs = world.runs();
    assert_eq!(runs.len(), 2 * RUNS, "{:?}", runs.keys());
    let counted = runs.keys().filter(|name| name.contains("-one-") && !name.contains(".failed"));
    assert!(counted.count() > 0, "{:?}", runs.keys());
}

#[test]
fn nobody_races_who_fails_the_conformance_check() {
    let world = World::new();
    let file = world.path("variants/two.variant.toml");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("part = \"ceiling\"\n", "")).unwrap();
    let output = finished(&mut world.begin());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("two is not run: it fails the conformance check"), "{told}");
    assert!(world.runs().keys().all(|name| !name.contains("-two")), "{:?}", world.runs().keys());
}

#[test]
fn a_variant_that_cannot_run_is_told_and_the_others_go_on() {
    let world = World::new();
    let file = world.path("variants/two.variant.toml");
    let needs = "needs = [{ command = [\"false\"], install = \"a Two: apt-get install two\" }]";
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("needs = []", needs)).unwrap();
    finished(&mut world.begin());
    let manifest = fs::read_to_string(world.path("out/manifest.json")).unwrap();
    assert!(manifest.contains("it needs a Two: apt-get install two"), "{manifest}");
    assert!(world.runs().keys().all(|name| !name.contains("-two")), "{:?}", world.runs().keys());
}
