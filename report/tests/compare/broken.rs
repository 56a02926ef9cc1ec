use std::fs;

use crate::world::{RUNS, World, finished, program};

/// A server that answers wrongly when it is started for the second time, which is for the first block.
const ONCE_WRONG: &str = r#"
echo . >> starts
if [ "$(wc -l < starts)" = 2 ]; then reply="--reply pong"; else reply="--echo"; fi
exec "$0" loadgen null --model epoll $reply --listen "$1"
"#;

#[test]
fn a_run_that_broke_is_kept_with_the_reason_and_repeated() {
    let world = World::new();
    world.variant("two", &["sh", "-c", ONCE_WRONG, program(), "{listen}"]);
    world.change_plan("repeats = 0", "repeats = 1");
    // In so short a run the little that its host takes may be much.
    world.change_plan("throughput = 0.05", "throughput = 0.9");
    finished(&mut world.begin());
    let runs = world.runs();
    let first = &runs["001-two-busy.excluded-1"];
    let second = &runs["001-two-busy.excluded-2"];
    assert_eq!((&first["attempt"], &second["attempt"], &second["position"]), (&1.into(), &2.into(), &4.into()));
    for run in [first, second] {
        let why = run["status"]["why"].as_str().unwrap();
        assert!(run["status"]["is"] == "excluded" && why.starts_with("wrong replies: "), "{why}");
        assert!(why.contains("pong"), "{why}");
    }
    assert!(!runs.contains_key("001-two-quiet.excluded-2"), "one repetition was all there was");
    let later = runs.iter().filter(|(name, _)| name.starts_with("002-two-"));
    for (name, run) in later {
        assert!(!run["status"]["why"].as_str().unwrap_or_default().starts_with("wrong"), "{name}: {run}");
    }
    assert!(fs::read_to_string(world.path("variants/starts")).unwrap().lines().count() == 3);
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
    let why = world.runs()["001-two-quiet.excluded-1"]["status"]["why"].to_string();
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
    let counted = runs.keys().filter(|name| name.contains("-one-") && !name.contains("excluded"));
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
