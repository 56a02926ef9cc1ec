use std::{
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

/// For anything that a server is waited for.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A running server, ended with the test.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(crate) addr: SocketAddr,
}

impl Running {
    /// Starts `loadgen COMMAND` on a free port and waits for its ready line.
    pub(crate) fn start(command: &str, args: &[&str]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_loadgen"));
        program.args([command, "--listen", "127.0.0.1:0"]).args(args).stdout(Stdio::piped());
        let mut child = program.spawn().expect("a process");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a ready line");
        let addr = line.strip_prefix(&format!("ready {command} ")).and_then(|addr| addr.trim_end().parse().ok());
        Self { child, out, addr: addr.unwrap_or_else(|| panic!("not ready: {line:?}")) }
    }

    /// A connection whose reads have a deadline.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.addr).expect("a connection");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        stream.set_write_timeout(Some(DEADLINE)).expect("a deadline");
        stream
    }

    /// Ends the server as an operator does: its exit code, and what it printed since it was ready.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("a running server");
        let mut printed = String::new();
        self.out.read_to_string(&mut printed).expect("text");
        (self.child.wait().expect("an end").code(), printed)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A server that was stopped is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
