use std::{
    env,
    ffi::OsString,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child as Process, Command, Stdio},
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, getppid, kill_process, set_parent_process_death_signal};

/// Commands of this package that start servers of it.
const STARTERS: [&str; 3] = ["run", "sweep", "selftest"];

/// A server of this package in a process of its own, on loopback: its processor time is its own, and it can be frozen.
/// It ends with this value.
#[derive(Debug)]
pub(crate) struct Child {
    process: Process,
    addr: SocketAddr,
}

impl Child {
    /// Starts a command of this very executable, which may be another one that has this command line in it, and waits
    /// for its line `ready NAME ADDR`.
    pub(crate) fn start(command: &str, args: &[String]) -> anyhow::Result<Self> {
        let program = env::current_exe().context("cannot find this executable")?;
        let mut starting = Command::new(&program);
        starting.args(before_command(env::args_os().skip(1)));
        starting.args([command, "--listen", "127.0.0.1:0", "--end-with-parent"]).args(args);
        starting.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = starting.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let mut line = String::new();
        let read = process.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        let addr = line.strip_prefix("ready ").and_then(|rest| rest.trim_end().rsplit(' ').next()?.parse().ok());
        let (Some(Ok(_)), Some(addr)) = (read, addr) else {
            let _ = process.kill();
            let _ = process.wait();
            bail!("{} {command} is not ready; it said {line:?}", program.display());
        };
        Ok(Self { process, addr })
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Stops all of its threads, wherever they are.
    pub(crate) fn freeze(&self) -> rustix::io::Result<()> {
        kill_process(Pid::from_child(&self.process), Signal::STOP)
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) -> rustix::io::Result<()> {
        kill_process(Pid::from_child(&self.process), Signal::CONT)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // A frozen process ends by this too. One that has ended already needs no more than to be reaped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What stands before the command on the command line of an executable that has this one in it.
fn before_command(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    args.take_while(|arg| !STARTERS.iter().any(|starter| arg == starter)).collect()
}

/// Makes this process end when the one that started it does, however that ends.
pub(crate) fn end_with_parent() {
    let parent = getppid();
    // Where the system refuses, the parent's own end of this process is all there is.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    if getppid() != parent {
        std::process::exit(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_command_is_kept() {
        let before = |args: &[&str]| before_command(args.iter().map(OsString::from));
        assert_eq!(before(&["run", "--target", "x"]), [""; 0]);
        assert_eq!(before(&["loadgen", "selftest", "--short"]), ["loadgen"]);
    }
}
