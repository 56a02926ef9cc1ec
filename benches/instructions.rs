//! How many instructions the core spends on a command, counted by callgrind: unlike a time, the same on every run.
//!
//!     cargo bench --bench instructions                     # the table; needs `valgrind`
//!     valgrind --tool=callgrind BINARY IAMAT 10000         # where they go; `cargo bench --no-run` names BINARY
//!
//! Each case runs under callgrind for some turns and for twice as many; the difference is what the turns cost, without the
//! start of the program.

#![expect(clippy::expect_used, reason = "a bench without its input has nothing to measure")]

mod input;

use std::{
    env,
    hint::black_box,
    io::ErrorKind,
    process::{Command, Output},
};

use anyhow::{Context, bail};
use herd::state::{Admission, Store};
use input::{
    commands::{IAMAT, SEGMENT, WHATSAT},
    core::{Conversation, acceptor, hear},
};

const AT: &[u8] = b"AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n";
const INVALID: &[u8] = b"kiwi is at home\n";

/// What is counted: a name, a line, how many of it a read brings.
const CASES: [(&str, &[u8], usize); 6] = [
    ("IAMAT", IAMAT, 1),
    ("IAMAT-segment", IAMAT, SEGMENT),
    ("WHATSAT", WHATSAT, 1),
    ("invalid", INVALID, 1),
    ("AT", AT, 1),
    ("AT-segment", AT, SEGMENT),
];

/// Reads of a run. The count is the same for each but for some 20 instructions where a decimal carries.
const TURNS: u32 = 1_000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &arguments[..] {
        [case, turns] if !case.starts_with('-') => run(case, turns.parse()?),
        // Whatever else stands there is Cargo's own flag, or meant for criterion when all benches are run together.
        _ => table(),
    }
}

fn table() -> anyhow::Result<()> {
    for (case, _, commands) in CASES {
        let (Some(once), Some(twice)) = (count(case, TURNS)?, count(case, 2 * TURNS)?) else {
            println!("instructions: SKIPPED, there is no `valgrind` to count them");
            return Ok(());
        };
        let per_command = (twice - once) as f64 / f64::from(TURNS) / commands as f64;
        println!("{case:<16} {per_command:>8.1} instructions/command");
    }
    Ok(())
}

/// Instructions of a whole run; `None` where there is no valgrind.
fn count(case: &str, turns: u32) -> anyhow::Result<Option<u64>> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = match valgrind.arg(env::current_exe()?).args([case, &turns.to_string()]).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        output => output.context("start valgrind")?,
    };
    collected(&output).map(Some)
}

/// Callgrind's summary is `==PID== Collected : COUNT`.
fn collected(Output { status, stderr, .. }: &Output) -> anyhow::Result<u64> {
    let said = String::from_utf8_lossy(stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim());
    match count {
        Some(count) if status.success() => Ok(count.parse()?),
        _ => bail!("valgrind counted nothing ({status}):\n{said}"),
    }
}

fn run(case: &str, turns: u32) -> anyhow::Result<()> {
    let Some((_, line, commands)) = CASES.into_iter().find(|(name, ..)| *name == case) else {
        bail!("no case is called {case:?}");
    };
    let segment = line.repeat(commands);
    if line == AT {
        link(&segment, turns);
    } else {
        session(&segment, turns);
    }
    Ok(())
}

fn session(segment: &[u8], turns: u32) {
    let mut conversation = Conversation::new();
    conversation.say(IAMAT);
    for _ in 0..turns {
        black_box(conversation.say(black_box(segment)));
    }
}

/// Takes records from a link, each newer than the last, and merges them.
fn link(segment: &[u8], turns: u32) {
    let (store, mut acceptor, mut seconds) = (Store::new(), acceptor(), 0);
    for _ in 0..turns {
        hear(&mut acceptor, black_box(segment), |at| {
            seconds += 1;
            let mut newer = *at;
            newer.time.seconds += seconds;
            black_box(store.merge(&newer, Admission::Any));
        });
    }
}
