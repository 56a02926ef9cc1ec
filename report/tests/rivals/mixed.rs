use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use report::variant::{Launch, Peer, Running, Variant};

use crate::{
    client::{Client, own_address},
    variants::{available, read},
};

/// For a herd to heal: a lost link is dialled again after its back-off, or when the other end says HELLO.
const HEALING: Duration = Duration::from_secs(40);

/// What a server of the herd is.
#[derive(Clone, Copy)]
enum Kind {
    /// A variant of Rust, started from a build with the profile of this test.
    Rust { variant: &'static str, program: &'static str },
    /// Another language.
    Rival(&'static str),
}

const THREADS: Kind = Kind::Rust { variant: "herd-threads", program: "herd" };
const TASKS: Kind = Kind::Rust { variant: "herd-tasks", program: "herd-async" };

/// The default herd, each server another language or model, and with whom each talks.
const HERD: [(&str, Kind, &[&str]); 5] = [
    ("Goloman", THREADS, &["Hands", "Holiday", "Wilkes"]),
    ("Hands", TASKS, &["Goloman", "Wilkes"]),
    ("Holiday", Kind::Rival("python-asyncio"), &["Goloman", "Welsh", "Wilkes"]),
    ("Welsh", Kind::Rival("java-platform"), &["Holiday"]),
    ("Wilkes", Kind::Rival("node"), &["Goloman", "Hands", "Holiday"]),
];

impl Kind {
    /// How it is started; `None` where its runtime is missing.
    fn variant(self) -> Option<Variant> {
        match self {
            Self::Rust { variant, program } => Some(read(variant).with_program(&built(program))),
            Self::Rival(variant) => available(variant),
        }
    }
}

/// A program of the herd, built beside the program of this package and like it: optimized where that is.
fn built(program: &str) -> String {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_report")).parent().unwrap().to_owned();
        let profile = if folder.ends_with("release") { "release" } else { "dev" };
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "herd", "--bins", "--profile", profile, "--target-dir"]);
        cargo.arg(folder.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(cargo.status().unwrap().success(), "the herd is not built");
        folder
    });
    folder.join(program).to_str().unwrap().to_owned()
}

struct Herd {
    addr: Ipv4Addr,
    variants: BTreeMap<&'static str, Variant>,
    servers: BTreeMap<&'static str, Running>,
    /// Every client that was told, with the AT line that its server gave.
    told: BTreeMap<String, String>,
}

impl Herd {
    /// All five; `None` where a runtime is missing.
    fn start() -> Option<Self> {
        let variants = HERD.iter().map(|&(name, kind, _)| Some((name, kind.variant()?))).collect::<Option<_>>()?;
        let mut herd = Self { addr: own_address(), variants, servers: BTreeMap::new(), told: BTreeMap::new() };
        for (name, _, _) in HERD {
            herd.restart(name);
        }
        Some(herd)
    }

    fn restart(&mut self, name: &'static str) {
        let (index, talks_with) = position(name);
        let peer = |name: &&str| {
            let (index, _) = position(name);
            Peer { name: (*name).to_owned(), address: (self.addr, 12100 + index).into() }
        };
        let launch = Launch {
            peer_listen: (self.addr, 12100 + index).into(),
            peers: talks_with.iter().map(peer).collect(),
            ..Launch::alone(name, (self.addr, 12000 + index).into())
        };
        self.servers.insert(name, self.variants[name].start(&launch).unwrap());
    }

    fn kill(&mut self, name: &str) {
        self.servers.remove(name).unwrap().kill();
    }

    fn client(&self, server: &str) -> Client {
        Client::connect(self.servers[server].ready().clients)
    }

    fn tell(&mut self, server: &str, client: &str) {
        let line = self.client(server).tell(client);
        assert!(line.starts_with(&format!("AT {server} ")), "{line}");
        self.told.insert(client.to_owned(), line);
    }

    /// Waits until these servers have the line of a client.
    fn wait_for(&self, client: &str, servers: &[&str]) {
        let deadline = Instant::now() + HEALING;
        for server in servers {
            while self.client(server).whereabouts(client) != self.told[client] {
                assert!(Instant::now() < deadline, "{server} has no {client}: {}", self.said());
                thread::yield_now();
            }
        }
    }

    /// Waits until every server answers for every client with the bytes of its origin.
    fn wait_for_equal_stores(&self) {
        for client in self.told.keys() {
            self.wait_for(client, &self.servers.keys().copied().collect::<Vec<_>>());
        }
    }

    fn assert_unknown(&self, client: &str, server: &str) {
        assert_eq!(self.client(server).whereabouts(client), format!("? WHATSAT {client} 0 0"), "{server}");
    }

    fn said(&self) -> String {
        self.servers.iter().fold(String::new(), |said, (name, server)| format!("{said}\n{name}:\n{}", server.said()))
    }
}

fn position(name: &str) -> (u16, &'static [&'static str]) {
    let index = HERD.iter().position(|(known, _, _)| *known == name).unwrap();
    (u16::try_from(index).unwrap(), HERD[index].2)
}

#[test]
fn five_languages_flood_from_each_to_each_and_heal_when_the_joining_server_dies() {
    let Some(mut herd) = Herd::start() else { return };
    for (name, _, _) in HERD {
        herd.tell(name, &format!("from-{name}"));
    }
    herd.wait_for_equal_stores();

    // Welsh talks with Holiday alone.
    herd.kill("Holiday");
    herd.tell("Welsh", "of-one-half");
    herd.tell("Goloman", "of-the-other");
    herd.wait_for("of-the-other", &["Hands", "Wilkes"]);
    herd.assert_unknown("of-one-half", "Wilkes");
    herd.assert_unknown("of-the-other", "Welsh");

    herd.restart("Holiday");
    herd.wait_for_equal_stores();
    for (name, server) in herd.servers {
        assert!(server.stop().unwrap().success(), "{name}");
    }
}
