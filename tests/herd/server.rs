use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    client::{Client, PATIENCE},
    engine::Engine,
    process::Running,
};

/// A `serve`d server under test.
pub(crate) struct Server {
    pub(crate) process: Running,
    pub(crate) clients: SocketAddr,
    pub(crate) peers: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) fn start(engine: Engine, args: &[&str]) -> Self {
        let args = [&["serve"], args].concat();
        Self::adopt(Running::start_program(engine.program, &args, &[]))
    }

    /// Waits until a started server is ready.
    pub(crate) fn adopt(mut process: Running) -> Self {
        let ready = process.wait_for("ready ");
        let fields: Vec<_> = ready.split(' ').collect();
        let addr = |index: usize| fields[index].parse().unwrap();
        Self { clients: addr(2), peers: addr(3), admin: addr(4), process }
    }

    /// Starts a server without neighbours, places or journal, at ports of the system's choice.
    pub(crate) fn alone(engine: Engine, args: &[&str]) -> Self {
        let ports = ["--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let rest = ["--no-peers", "--places", "none", "--journal", "off"];
        Self::start(engine, &[&["Goloman"], &ports[..], &rest, args].concat())
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.clients)
    }

    pub(crate) fn client_with_small_window(&self) -> Client {
        Client::connect_with_small_window(self.clients)
    }

    /// The body of an admin page.
    pub(crate) fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.admin).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n").as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    pub(crate) fn status(&self) -> Value {
        serde_json::from_str(&self.page("/status.json")).unwrap()
    }

    /// The value of a metric, given with its labels.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let page = self.page("/metrics");
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in\n{page}")).parse().unwrap()
    }

    /// A number from `/proc/PID/status`.
    pub(crate) fn proc_status(&self, key: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.pid().as_raw_nonzero())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Asks the server to end, and gives its exit code.
    pub(crate) fn end(&mut self) -> i32 {
        self.process.signal(Signal::TERM);
        self.process.exit_code()
    }
}

/// Waits until something holds, and fails with `what` when it does not in time.
pub(crate) fn eventually(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !holds() {
        assert!(Instant::now() < deadline, "not in {patience:?}: {what}");
        // Looking costs the servers that it waits for.
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
