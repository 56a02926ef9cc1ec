use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::process::{DEADLINE, Running};

/// A line for each of these is more than twice what a pipe takes.
const REFUSALS: usize = 1500;

/// A server whose stderr is a pipe that nobody reads.
struct Unread {
    child: Child,
    out: Receiver<String>,
    _dir: TempDir,
}

impl Unread {
    fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_herd"));
        command.args(["serve", "A", "--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0", "--journal", "off"]);
        command.env("HERD_LOG", "debug").current_dir(dir.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, out) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, out, _dir: dir }
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Says HELLO to a peer listener as no neighbour does, and takes the refusal.
fn be_refused(addr: &str) {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(b"HELLO nobody that is known here\n").unwrap();
    // One more than may say HELLO at once is closed unread, which may be a reset.
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn a_server_whose_diagnostics_nobody_reads_serves_and_ends() {
    let mut server = Unread::start();
    let ready = server.out.recv_timeout(DEADLINE).unwrap();
    let peers = ready.split(' ').nth(3).unwrap();
    for _ in 0..REFUSALS {
        be_refused(peers);
    }
    kill_process(Pid::from_child(&server.child), Signal::TERM).unwrap();
    // A server prints nothing after its ready line.
    assert_eq!(server.out.recv_timeout(DEADLINE), Err(RecvTimeoutError::Disconnected), "still running");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    let mut unread = Vec::new();
    server.child.stderr.take().unwrap().read_to_end(&mut unread).unwrap();
    assert!(unread.len() >= 60_000, "only {} bytes: the pipe was never full", unread.len());
}

#[test]
fn diagnostics_are_in_order_and_all_there_at_the_end() {
    let mut server = Running::start(
        &["serve", "A", "--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0", "--journal", "off"],
        &[("HERD_LOG", "herd::threads=debug")],
    );
    let ready = server.wait_for("ready A ");
    for _ in 0..3 {
        be_refused(ready.split(' ').nth(3).unwrap());
    }
    server.signal(Signal::TERM);
    assert_eq!(server.exit_code(), 0);
    let told: Vec<_> = server.err.lines().collect();
    assert_eq!(told.len(), 4, "{}", server.err);
    assert!(told[..3].iter().all(|line| line.contains("a peer connection was refused")), "{}", server.err);
    assert!(told[3].contains("draining"), "{}", server.err);
}
