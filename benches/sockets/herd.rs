use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// An engine under test: its name in criterion's report, and the program as built for this bench.
#[derive(Clone, Copy)]
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    program: &'static str,
}

/// Both engines, in the order in which they are measured.
pub(crate) const ENGINES: &[Engine] = &[
    Engine { name: "threads", program: env!("CARGO_BIN_EXE_herd") },
    #[cfg(feature = "async")]
    Engine { name: "tasks", program: env!("CARGO_BIN_EXE_herd-async") },
];

/// More than any bench opens.
const MAX_CLIENTS: &str = "2000";
/// More than any bench asks for at once.
const PLACES_IN_FLIGHT: &str = "100";
/// An address of loopback that nothing else of the project uses.
const HERD: Ipv4Addr = Ipv4Addr::new(127, 45, 0, 1);
/// The default herd: who talks with whom.
const LINKS: [(&str, &[usize]); 5] =
    [("Goloman", &[1, 2, 4]), ("Hands", &[0, 4]), ("Holiday", &[0, 3, 4]), ("Welsh", &[2]), ("Wilkes", &[0, 1, 2])];
/// For a herd's links to stand.
const LINKED: Duration = Duration::from_secs(30);

/// A running server. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    /// Where clients connect.
    pub(crate) clients: SocketAddr,
    admin: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _has_ended = self.child.kill();
        let _has_ended = self.child.wait();
    }
}

impl Engine {
    /// Starts a server without neighbours.
    pub(crate) fn alone(self, places: &str) -> Running {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        self.start("Goloman", any, &["--places".to_owned(), places.to_owned()])
    }

    /// Starts the default herd and waits until its links stand.
    pub(crate) fn herd(self) -> Vec<Running> {
        let start = |index: usize| {
            let (name, talks_with) = LINKS[index];
            let peer = |other: &usize| format!("{}={}", LINKS[*other].0, peer_address(*other));
            let peers: Vec<String> = talks_with.iter().flat_map(|other| ["--peer".to_owned(), peer(other)]).collect();
            self.start(name, peer_address(index), &peers)
        };
        let servers: Vec<Running> = (0..LINKS.len()).map(start).collect();
        await_links(servers.iter().map(|server| server.admin));
        servers
    }

    /// Starts a server as in a comparison, and waits until it says that it is ready.
    fn start(self, name: &str, peer_listen: SocketAddr, further: &[String]) -> Running {
        let mut command = Command::new(self.program);
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["serve", name, "--config", "benches/rivals/race.toml"]);
        command.args(["--listen", &SocketAddr::new(peer_listen.ip(), 0).to_string()]);
        command.args(["--peer-listen", &peer_listen.to_string(), "--max-clients", MAX_CLIENTS]);
        command.args(["--places-in-flight", PLACES_IN_FLIGHT]).args(further);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let out = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut lines = out.lines();
        let ready = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with("ready "));
        let ready = ready.expect("it says that it is ready");
        // Whatever it says later must not keep it waiting.
        thread::spawn(move || lines.for_each(drop));
        let address = |at: usize| ready.split(' ').nth(at).and_then(|text| text.parse().ok()).expect("an address");
        Running { clients: address(2), admin: address(4), child }
    }
}

fn peer_address(index: usize) -> SocketAddr {
    let port = 12100 + u16::try_from(index).expect("five servers");
    (HERD, port).into()
}

/// Waits until every server says that it is ready: all its links stand.
fn await_links(admins: impl Iterator<Item = SocketAddr>) {
    let deadline = Instant::now() + LINKED;
    for admin in admins {
        while !is_linked(admin) {
            assert!(Instant::now() < deadline, "the links of {admin} do not stand");
            thread::yield_now();
        }
    }
}

fn is_linked(admin: SocketAddr) -> bool {
    let Some(status) = status(admin) else { return false };
    let links = status["links"].as_array().expect("a list of links");
    links.iter().all(|link| link["up"] == true)
}

/// The server's `/status.json`.
fn status(admin: SocketAddr) -> Option<Value> {
    let mut stream = TcpStream::connect(admin).ok()?;
    stream.write_all(b"GET /status.json HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()
}
