//! The whole herd on one terminal: one child process per server.
//!
//! Invariant: no child outlives this process, however it ends. Children are started from the main thread, which lives
//! as long as the process does, because the signal of `--exit-with-parent` follows the thread.

mod banner;
mod child;
mod flock;
mod output;

use std::{env, ffi::OsString};

use self::flock::{Ended, Flock, Started};
use super::{Failure, args::UpArgs, terminal};
use crate::protocol::Name;

/// Runs every server of the herd until a signal or the last server's death.
pub(super) fn up<Flags: clap::Args>(args: &UpArgs<Flags>, program: &'static str) -> Result<(), Failure> {
    let herd = args.config.herd()?;
    let names: Vec<_> = herd.servers().iter().map(|server| server.name.clone()).collect();
    // Every flag of `up` is one of `serve`.
    let passed: Vec<OsString> = env::args_os().skip(2).collect();
    let mut flock = Flock::spawn(&names, &passed, herd.limits().drain, program)?;
    let ended = match flock.wait_ready() {
        Started::Ready => {
            terminal::print(banner::banner(&flock.addresses(), &called()))?;
            flock.watch()
        }
        Started::Stopped => Ended::Stopped,
        Started::Failed(why) => Ended::Failed(why),
    };
    let killed = flock.stop();
    match ended {
        Ended::Failed(why) => Err(Failure::because(why)),
        Ended::Stopped if !killed.is_empty() => Err(Failure::because(undrained(&killed))),
        Ended::Stopped => Ok(()),
    }
}

fn undrained(killed: &[Name]) -> String {
    let names: Vec<_> = killed.iter().map(Name::as_str).collect();
    format!("{} did not drain in time and had to be killed", names.join(", "))
}

/// How this program was called, for examples that can be pasted.
fn called() -> String {
    env::args_os().next().map_or_else(|| "herd".to_owned(), |called| called.to_string_lossy().into_owned())
}
