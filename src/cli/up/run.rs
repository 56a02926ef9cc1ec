use std::{env, ffi::OsString};

use super::{
    super::{Failure, args::UpArgs, terminal},
    banner,
    supervisor::{Ended, Started, Supervisor},
};
use crate::protocol::Name;

/// Runs every server of the herd until a signal or the last server's death.
pub(in crate::cli) fn up<Flags: clap::Args>(args: &UpArgs<Flags>, program: &'static str) -> Result<(), Failure> {
    let herd = args.config.herd()?;
    let names: Vec<_> = herd.servers().iter().map(|server| server.name.clone()).collect();
    // Every flag of `up` is one of `serve`.
    let passed: Vec<OsString> = env::args_os().skip(2).collect();
    let mut supervisor = Supervisor::spawn(&names, &passed, herd.limits().drain, program)?;
    let ended = match supervisor.wait_ready() {
        Started::Ready => {
            terminal::print(banner::banner(&supervisor.addresses(), &called()))?;
            supervisor.watch()
        }
        Started::Stopped => Ended::Stopped,
        Started::Failed(why) => Ended::Failed(why),
    };
    let killed = supervisor.stop();
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
