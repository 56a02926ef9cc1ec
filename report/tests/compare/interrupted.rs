use std::{fs, os::unix::process::ExitStatusExt, process::Child};

use rustix::process::{Pid, Signal, kill_process};

use crate::world::{RUNS, World, await_runs, finished};

fn send(comparison: &Child, signal: Signal) {
    kill_process(Pid::from_child(comparison), signal).unwrap();
}

#[test]
fn a_comparison_that_is_killed_leaves_no_process_and_goes_on() {
    for after in [1, RUNS + 2] {
        let world = World::new();
        let mut comparison = world.begin().spawn().unwrap();
        await_runs(&world, &mut comparison, after);
        send(&comparison, Signal::KILL);
        assert_eq!(comparison.wait().unwrap().signal(), Some(9));
        world.expect_no_process();
        let kept = world.runs();
        let lines = world.lines();
        finished(&mut world.go_on());
        let runs = world.runs();
        assert_eq!(runs.len(), 2 * RUNS, "{:?}", runs.keys());
        // A race of which a part was written down is made anew whole, as its runs belong together; no line is ever changed.
        let written = world.files().into_iter().map(|file| fs::read_to_string(file).unwrap()).collect::<String>();
        for (name, line) in &lines {
            assert!(written.contains(line), "{name} is lost");
        }
        let whole =
            |workload: &str| kept.values().filter(|run| run["block"] == 1 && run["workload"] == workload).count() == 3;
        for (name, run) in &runs {
            let workload = run["workload"].as_str().unwrap();
            let is_kept = run["block"] == 1 && whole(workload);
            let goes_on = run["block"] == 1 || (after > RUNS && run["block"] == 2);
            assert!(!is_kept || world.lines()[name] == lines[name], "{name} was measured twice");
            assert!(run["is_resumed"] == false || goes_on, "{name} is of no block that was interrupted");
        }
    }
}

#[test]
fn the_first_signal_keeps_what_was_measured_and_says_how_to_go_on() {
    let world = World::new();
    let mut comparison = world.begin().spawn().unwrap();
    await_runs(&world, &mut comparison, 2);
    send(&comparison, Signal::INT);
    let output = comparison.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let expected = format!("report compare --resume --out {}", world.path("out").display());
    assert!(String::from_utf8_lossy(&output.stderr).contains(&expected), "{output:?}");
    world.expect_no_process();
    assert!(world.runs().len() >= 2 && !world.path("out/end.json").exists());
}

#[test]
fn a_run_that_was_cut_off_is_set_aside_and_measured_anew() {
    let world = World::new();
    finished(&mut world.begin());
    let path = world.path("out/runs/busy/one.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let torn = whole.len() - 100;
    fs::write(&path, &whole[..torn]).unwrap();
    let output = finished(&mut world.go_on());
    assert!(String::from_utf8_lossy(&output.stderr).contains("runs/busy/one.jsonl#L2 is damaged"), "{output:?}");
    let (first, second) = whole.split_at(whole.find('\n').unwrap() + 1);
    let aside = fs::read_to_string(world.path("out/runs/busy/one.jsonl.unreadable")).unwrap();
    assert_eq!(aside, format!("{}\n", &second[..torn - first.len()]));
    assert!(fs::read_to_string(&path).unwrap().starts_with(first));
    assert_eq!(world.runs().len(), 2 * RUNS);
}

#[test]
fn a_comparison_goes_on_with_the_same_programs_alone() {
    let world = World::new();
    finished(&mut world.begin());
    let refused = |expected: &str| {
        let output = world.go_on().output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(expected), "{told}");
    };
    let manifest = world.path("out/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let hash = text.split("\"hashes\": [").nth(1).unwrap().split('"').nth(3).unwrap().to_owned();
    fs::write(&manifest, text.replace(&hash, "0")).unwrap();
    refused("one was built anew since the comparison began: begin a new one");
    fs::write(&manifest, text.replace("\"kernel\": \"", "\"kernel\": \"other-")).unwrap();
    refused("the comparison began with the kernel other-");
    fs::write(&manifest, text.replace("herd-comparison/3", "herd-comparison/4")).unwrap();
    refused("is of the format herd-comparison/4, and this program knows herd-comparison/3");
    fs::write(&manifest, text.replace("herd-comparison/3", "herd-comparison/1")).unwrap();
    refused(
        "is of the older format herd-comparison/1, and this program reads herd-comparison/3: read it with the version",
    );
}

#[test]
fn a_directory_that_is_taken_is_not_begun_in() {
    let world = World::new();
    finished(&mut world.begin());
    let output = world.begin().output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds a comparison already; go on with it by --resume"));
}
