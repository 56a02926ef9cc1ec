use std::{
    env,
    ffi::OsString,
    io,
    os::unix::process::CommandExt,
    process::{self, Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
};

use crossbeam_channel::Sender;
use rustix::process::{Pid, Signal, kill_process};

use super::output::{Event, Prefix, Ready, relay_stderr, relay_stdout};
use crate::protocol::Name;

/// What the environment says of one server's addresses means no server of a herd.
const OF_ONE_SERVER: [&str; 4] = ["HERD_LISTEN", "HERD_PEER_LISTEN", "HERD_ADMIN_LISTEN", "HERD_PEERS"];

/// One server of the herd, and what is known of it.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) name: Name,
    child: Child,
    readers: Vec<JoinHandle<()>>,
    /// Where it listens, once it is ready.
    pub(super) ready: Option<Ready>,
    /// The last line of its stderr, once that has ended.
    pub(super) last_line: Option<String>,
    /// How it ended, once it has.
    pub(super) ended: Option<ExitStatus>,
}

impl Server {
    /// Starts a server in a process group of its own, so that the terminal's Ctrl-C does not reach it directly.
    pub(super) fn spawn(name: Name, passed: &[OsString], end: End) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("serve").arg(name.as_str()).args(["--exit-with-parent", &process::id().to_string()]).args(passed);
        for variable in OF_ONE_SERVER {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let child = command.spawn()?;
        let mut server = Self { name, child, readers: Vec::new(), ready: None, last_line: None, ended: None };
        server.read(end)?;
        Ok(server)
    }

    fn read(&mut self, end: End) -> io::Result<()> {
        let (Some(stdout), Some(stderr)) = (self.child.stdout.take(), self.child.stderr.take()) else { return Ok(()) };
        let End { server, prefix, events } = end.clone();
        self.readers.push(start("stdout", move || relay_stdout(server, stdout, &prefix, &events))?);
        let End { server, prefix, events } = end;
        self.readers.push(start("stderr", move || relay_stderr(server, stderr, &prefix, &events))?);
        Ok(())
    }

    pub(super) fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// Learns whether it has ended; true when that is news.
    pub(super) fn reap(&mut self) -> bool {
        if self.is_running() {
            self.ended = self.child.try_wait().ok().flatten();
            return self.ended.is_some();
        }
        false
    }

    /// Asks it to drain. Its process ID is its own until it is reaped.
    pub(super) fn terminate(&self) {
        if self.is_running() {
            let _ended_meanwhile = kill_process(Pid::from_child(&self.child), Signal::TERM);
        }
    }

    /// Ends it at once.
    pub(super) fn kill(&mut self) {
        if self.is_running() {
            let _ended_meanwhile = self.child.kill();
            self.ended = self.child.wait().ok();
        }
    }

    /// Waits until all that it has printed is passed on; only after its end.
    pub(super) fn join(&mut self) {
        for reader in self.readers.drain(..) {
            let _panicked = reader.join();
        }
    }
}

/// However a server goes out of sight, its process goes with it.
impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where a server's output goes.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) server: usize,
    pub(super) prefix: Prefix,
    pub(super) events: Sender<Event>,
}

fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(run)
}
