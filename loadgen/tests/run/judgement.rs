//! What the generator says of itself, and how it says it.

use std::{
    fs::File,
    io::Read,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use rustix::{
    fs::{Mode, OFlags, open},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use crate::server::{answer, say, start};

/// A run of 5,000 requests in five seconds, and word of the 200th of them.
fn lasting(more: &[&str]) -> (Command, Receiver<()>) {
    let (seen, heard) = mpsc::channel();
    let target = start(move |stream, line, n| {
        if n == 200 {
            seen.send(()).ok();
        }
        say(stream, &answer(line))
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command.args(["run", "--target", &target.to_string(), "--connections", "1", "--rate", "1k", "--duration", "5s"]);
    command.args(["--warmup", "0s", "--stall-probe", "0s"]).args(more);
    (command, heard)
}

/// Stops a generator for longer than any excuse allows.
fn hold_up(child: &Child, heard: &Receiver<()>) {
    heard.recv_timeout(Duration::from_secs(30)).unwrap();
    kill_process(Pid::from_child(child), Signal::STOP).unwrap();
    thread::sleep(Duration::from_millis(500));
    kill_process(Pid::from_child(child), Signal::CONT).unwrap();
}

#[test]
fn a_generator_that_stood_still_is_the_limit_and_exits_with_4_when_strict() {
    for (more, status) in [(&["--strict"][..], 4), (&[], 0)] {
        let (mut command, heard) = lasting(more);
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        hold_up(&child, &heard);
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("GENERATOR-LIMITED: wake lag p99"), "{text}");
        assert_eq!(output.status.code(), Some(status), "{text}");
    }
}

/// What a short run prints on a terminal.
fn on_a_terminal(no_color: &str) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let terminal = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let (mut command, _) = lasting(&["--requests", "50"]);
    let mut child = command.env("NO_COLOR", no_color).stdout(terminal).spawn().unwrap();
    // The command holds the terminal too; with the last one that does, reading ends.
    drop(command);
    let mut printed = Vec::new();
    // Linux ends it with an error and not with an end of input.
    File::from(master).read_to_end(&mut printed).ok();
    child.wait().unwrap();
    String::from_utf8(printed).unwrap()
}

#[test]
fn colours_are_for_terminals_whose_user_has_not_refused_them() {
    let coloured = on_a_terminal("");
    assert!(coloured.starts_with("\x1b["), "{coloured:?}");
    let plain = on_a_terminal("1");
    assert!(!plain.contains('\x1b') && plain.contains("failed 0 of 50"), "{plain:?}");
}
