use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use report::variant::{Launch, Peer, Running, Variant};
use serde_json::Value;

/// An engine under test: its name in criterion's report, its variant file, and the program as built for this bench.
#[derive(Clone, Copy)]
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    variant: &'static str,
    program: &'static str,
}

/// Both engines, in the order in which they are measured.
pub(crate) const ENGINES: &[Engine] = &[
    Engine { name: "threads", variant: "herd-threads", program: env!("CARGO_BIN_EXE_herd") },
    #[cfg(feature = "async")]
    Engine { name: "tasks", variant: "herd-tasks", program: env!("CARGO_BIN_EXE_herd-async") },
];

/// More than any bench opens.
const MAX_CLIENTS: usize = 2_000;
/// More than any bench asks for at once.
const PLACES_IN_FLIGHT: usize = 100;
/// An address of loopback that nothing else of the project uses.
const HERD: Ipv4Addr = Ipv4Addr::new(127, 45, 0, 1);
/// The default herd: who talks with whom.
const LINKS: [(&str, &[usize]); 5] =
    [("Goloman", &[1, 2, 4]), ("Hands", &[0, 4]), ("Holiday", &[0, 3, 4]), ("Welsh", &[2]), ("Wilkes", &[0, 1, 2])];
/// For a herd's links to stand.
const LINKED: Duration = Duration::from_secs(30);

impl Engine {
    fn variant(self) -> Variant {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rivals");
        let file: PathBuf = directory.join(format!("{}.variant.toml", self.variant));
        Variant::read(&file).expect("the variant's file is sound").with_program(self.program)
    }

    /// Starts a server without neighbours.
    pub(crate) fn alone(self, places: &str) -> Running {
        let launch = Launch {
            places: places.to_owned(),
            places_in_flight: PLACES_IN_FLIGHT,
            max_clients: MAX_CLIENTS,
            ..Launch::alone("Goloman", (Ipv4Addr::LOCALHOST, 0).into())
        };
        self.variant().start(&launch).expect("the server starts")
    }

    /// Starts the default herd and waits until its links stand.
    pub(crate) fn herd(self) -> Vec<Running> {
        let variant = self.variant();
        let start = |index: usize| {
            let (name, talks_with) = LINKS[index];
            let peer = |other: &usize| Peer { name: LINKS[*other].0.to_owned(), address: peer_address(*other) };
            let launch = Launch {
                peer_listen: peer_address(index),
                peers: talks_with.iter().map(peer).collect(),
                ..Launch::alone(name, (HERD, 0).into())
            };
            variant.start(&launch).expect("the server starts")
        };
        let servers: Vec<Running> = (0..LINKS.len()).map(start).collect();
        await_links(servers.iter().map(|server| server.ready().admin.expect("a herd has admin pages")));
        servers
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
