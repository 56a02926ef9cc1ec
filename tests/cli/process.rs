//! A `herd` process under test: every wait has a deadline, and none is left behind.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    net::Ipv4Addr,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU8, Ordering},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, unbounded};
use herd::config::DEFAULT_TOML;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// For anything that a process is waited for; drains take at most 12 s.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A line that the process printed.
#[derive(Debug)]
enum Line {
    Out(String),
    Err(String),
}

/// A running process, and what it has printed so far.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<Line>,
    pub(crate) out: String,
    pub(crate) err: String,
    /// Where it runs, so that journals go with it.
    _dir: TempDir,
}

impl Running {
    /// Starts `herd` with these arguments and variables, without any of the caller's settings.
    pub(crate) fn start(args: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_program(env!("CARGO_BIN_EXE_herd"), args, variables)
    }

    /// Starts a program in the same way.
    pub(crate) fn start_program(program: &str, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let dir = TempDir::new().unwrap();
        let mut command = Command::new(program);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HERD_")) {
            command.env_remove(name);
        }
        command.args(args).envs(variables.iter().copied()).current_dir(dir.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = unbounded();
        read(child.stdout.take().unwrap(), sender.clone(), Line::Out);
        read(child.stderr.take().unwrap(), sender, Line::Err);
        Self { child, lines, out: String::new(), err: String::new(), _dir: dir }
    }

    /// Runs to the end: exit code, stdout and stderr.
    pub(crate) fn run(args: &[&str]) -> (i32, String, String) {
        let mut running = Self::start(args, &[]);
        let code = running.exit_code();
        (code, std::mem::take(&mut running.out), std::mem::take(&mut running.err))
    }

    /// Waits for a line, on either stream, that holds this text.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.lines.recv_deadline(deadline) {
                Ok(line) => {
                    let line = self.keep(line);
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(error) => panic!("{error} before {text:?}:\n{}\n{}", self.out, self.err),
            }
        }
    }

    /// Waits for the end of both streams, and so of the process: its exit code.
    pub(crate) fn exit_code(&mut self) -> i32 {
        let deadline = Instant::now() + DEADLINE;
        while let Ok(line) = self.lines.recv_deadline(deadline) {
            self.keep(line);
        }
        assert!(Instant::now() < deadline, "still running:\n{}\n{}", self.out, self.err);
        self.child.wait().unwrap().code().unwrap()
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    fn keep(&mut self, line: Line) -> String {
        let (text, kept) = match line {
            Line::Out(text) => (text, &mut self.out),
            Line::Err(text) => (text, &mut self.err),
        };
        kept.push_str(&text);
        kept.push('\n');
        text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn read(from: impl Read + Send + 'static, lines: Sender<Line>, stream: fn(String) -> Line) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if lines.send(stream(line)).is_err() {
                break;
            }
        }
    });
}

/// A loopback address of one test's own, so that herds with known ports cannot collide.
pub(crate) fn own_address() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 | high & 63, low, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The default herd at an address of its own, as a config file.
pub(crate) fn config(dir: &TempDir, addr: Ipv4Addr) -> String {
    file(dir, &DEFAULT_TOML.replace("127.0.0.1", &addr.to_string()))
}

/// A config file that says this.
pub(crate) fn file(dir: &TempDir, text: &str) -> String {
    let path = dir.path().join("herd.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}
