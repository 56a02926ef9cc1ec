//! One server under test, and its clients.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{DEADLINE, Running};

/// What a test may say about a server beyond its provider.
#[derive(Default)]
pub(crate) struct Extra<'a> {
    /// Lines of the table `[places]`.
    pub(crate) places: &'a str,
    pub(crate) args: &'a [&'a str],
    pub(crate) vars: &'a [(&'a str, &'a str)],
}

/// A server without neighbours on ports of its own.
pub(crate) struct Node {
    pub(crate) process: Running,
    /// For the failures' texts: which engine.
    pub(crate) engine: &'static str,
    addr: SocketAddr,
    dir: TempDir,
}

impl Node {
    /// Starts a server of this engine that asks `places`, and waits until it is ready.
    pub(crate) fn start(engine: &'static str, places: &str, extra: &Extra) -> Self {
        let dir = TempDir::new().unwrap();
        let (config, journal) = (dir.path().join("herd.toml"), dir.path().join("journal"));
        fs::write(&config, config_of(extra.places)).unwrap();
        let [config, journal] = [&config, &journal].map(|path| path.to_str().unwrap());
        let mut args = vec!["serve", "Solo", "--config", config, "--no-peers", "--journal-dir", journal];
        args.extend(["--places", places]);
        args.extend(extra.args);
        let mut process = Running::start_program(engine, &args, extra.vars);
        let ready = process.wait_for("ready Solo ");
        let addr = ready.split(' ').nth(2).unwrap().parse().unwrap();
        Self { process, engine, addr, dir }
    }

    /// A client that the server knows the place of.
    pub(crate) fn client(&self) -> Client {
        let stream = TcpStream::connect(self.addr).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let name = format!("kiwi-{}", stream.local_addr().unwrap().port());
        let mut client = Client { stream: BufReader::new(stream), engine: self.engine, name, at: String::new() };
        client.iamat();
        client
    }

    /// Waits until nobody listens at the client port any more.
    pub(crate) fn wait_until_closed(&self) {
        let deadline = Instant::now() + DEADLINE;
        while TcpStream::connect(self.addr).is_ok() {
            assert!(Instant::now() < deadline, "{} still listens", self.engine);
        }
    }

    /// All that is in the journal's files.
    pub(crate) fn journal(&self) -> String {
        let files = fs::read_dir(self.dir.path().join("journal")).unwrap();
        files.map(|file| String::from_utf8_lossy(&fs::read(file.unwrap().path()).unwrap()).into_owned()).collect()
    }

    /// The most memory that the process has had in use, in KiB.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_kib(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// A file about the process.
    #[cfg(target_os = "linux")]
    pub(crate) fn proc(&self, file: &str) -> String {
        let pid = self.process.pid().as_raw_nonzero().to_string();
        String::from_utf8(fs::read(Path::new("/proc").join(pid).join(file)).unwrap()).unwrap()
    }
}

fn config_of(places: &str) -> String {
    let addresses = ["clients", "peers", "admin"].map(|key| format!("{key} = \"127.0.0.1:0\"\n")).concat();
    format!("[[server]]\nname = \"Solo\"\n{addresses}\n[places]\n{places}\n")
}

/// A client's connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    engine: &'static str,
    /// A client ID of its own: of two IAMATs with the same time, the one whose AT line is greater counts.
    name: String,
    /// The last AT line.
    at: String,
}

/// The reply to a WHATSAT.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) document: Value,
    pub(crate) took: Duration,
    /// With the AT line.
    pub(crate) text: String,
    engine: &'static str,
}

impl Client {
    /// Tells where it is; the reply has to be the next line.
    pub(crate) fn iamat(&mut self) {
        self.send(&self.iamat_line());
        self.told();
    }

    /// Tells where it is and asks what is near, all at once; only the first reply is taken.
    pub(crate) fn iamat_and_ask(&mut self, radius_and_bound: &str) {
        self.send(&format!("{}{}", self.iamat_line(), self.whatsat_line(radius_and_bound)));
        self.told();
    }

    fn told(&mut self) {
        self.at = self.line();
        let is_at = self.at.starts_with("AT Solo +") && self.at.ends_with(" 1520023934.918963997\n");
        assert!(is_at, "{}: {:?}", self.engine, self.at);
    }

    /// Asks what is near: the arguments are radius and bound.
    pub(crate) fn whatsat(&mut self, radius_and_bound: &str) -> Reply {
        let began = Instant::now();
        self.ask(radius_and_bound);
        self.reply(began)
    }

    /// Sends a WHATSAT and does not wait for its reply.
    pub(crate) fn ask(&mut self, radius_and_bound: &str) {
        self.send(&self.whatsat_line(radius_and_bound));
    }

    /// Takes the reply to a WHATSAT: the AT line, a document without empty lines, and an empty line.
    pub(crate) fn reply(&mut self, began: Instant) -> Reply {
        let at = self.line();
        assert_eq!(at, self.at, "{}", self.engine);
        let mut document = String::new();
        while !document.ends_with("\n\n") {
            document += &self.line();
        }
        let took = began.elapsed();
        let value: Value = serde_json::from_str(&document).unwrap_or_else(|error| panic!("{error}: {document}"));
        assert!(value["results"].is_array() && value["html_attributions"].is_array(), "{}: {document}", self.engine);
        Reply { document: value, took, text: at + &document, engine: self.engine }
    }

    /// Whatever is sent up to the end of input.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).unwrap();
        rest
    }

    fn iamat_line(&self) -> String {
        format!("IAMAT {} +34.068930-118.445127 1520023934.918963997\n", self.name)
    }

    fn whatsat_line(&self, radius_and_bound: &str) -> String {
        format!("WHATSAT {} {radius_and_bound}\n", self.name)
    }

    fn send(&mut self, lines: &str) {
        self.stream.get_mut().write_all(lines.as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap_or_else(|error| panic!("{}: {error}", self.engine));
        assert!(line.ends_with('\n'), "{}: the connection ended after {line:?}", self.engine);
        line
    }
}

impl Reply {
    pub(crate) fn status(&self) -> &str {
        self.document["status"].as_str().unwrap()
    }

    /// The names of the results.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.document["results"].as_array().unwrap().iter().map(|result| result["name"].as_str().unwrap()).collect()
    }

    /// Asserts that there are so many results.
    pub(crate) fn assert_places(&self, count: usize) {
        assert_eq!((self.status(), self.names().len()), ("OK", count), "{}: {}", self.engine, self.text);
    }

    /// Asserts that there are none, for this reason.
    pub(crate) fn assert_failed(&self, case: &str, status: &str, message: &str) {
        let (engine, text) = (self.engine, &self.text);
        assert!(self.names().is_empty(), "{engine}, {case}: {text}");
        assert_eq!(self.status(), status, "{engine}, {case}: {text}");
        let told = self.document["error_message"].as_str().unwrap_or_default();
        assert!(told.contains(message), "{engine}, {case}: {told:?} should say {message:?}");
    }
}
