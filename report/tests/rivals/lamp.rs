//! The central server: web servers in front of one database, over HTTP.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use loadgen::{
    check::{Level, Targets},
    http::Transport,
};
use report::variant::{Launch, Peer, Running, Variant};

use crate::{check::play_over, variants::available};

/// For the database to be started again once it was killed, and to have read its log.
const RECOVERY: Duration = Duration::from_secs(30);

#[test]
fn lamp_passes_with_two_web_servers_over_one_database_and_leaves_nothing() {
    let Some(variant) = available("lamp") else { return };
    let first = start(&variant, "First", Vec::new());
    let database = Peer { name: "First".to_owned(), address: first.ready().peers.unwrap() };
    let second = start(&variant, "Second", vec![database]);
    assert_eq!(second.ready().peers, None, "it has no database of its own");
    let clients = vec![first.ready().clients, second.ready().clients];
    let skipped = play_over(Transport::Http, &Targets { clients: clients.clone(), peer: None }, Level::Assignment);
    assert!(skipped.is_empty(), "{skipped:?} were skipped");

    let homes = [home(&first), home(&second)];
    assert!(homes.iter().all(|home| home.exists()), "{homes:?}");
    for server in [second, first] {
        assert!(server.stop().unwrap().success());
    }
    assert!(homes.iter().all(|home| !home.exists()), "{homes:?} are left");
    for client in clients {
        TcpStream::connect(client).expect_err("a web server is left");
    }
}

#[test]
fn a_database_that_is_killed_comes_back_with_what_it_was_told() {
    let Some(variant) = available("lamp") else { return };
    let server = start(&variant, "First", Vec::new());
    let client = server.ready().clients;
    let told = ask(client, "IAMAT kiwi +34.068930-118.445127 1520023934.918963997\n").expect("a reply");
    assert!(told.starts_with("AT First +"), "{told}");
    let pid = std::fs::read_to_string(home(&server).join("data/mariadb.pid")).expect("its process");
    assert!(Command::new("kill").args(["-9", pid.trim()]).status().expect("a signal").success());
    let deadline = Instant::now() + RECOVERY;
    let shown = loop {
        match ask(client, "WHATSAT kiwi 0 0\n") {
            Some(shown) => break shown,
            None if Instant::now() > deadline => panic!("no answer after {RECOVERY:?}: {}", server.said()),
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    assert!(shown.starts_with(&told), "{shown} does not show {told}");
    assert!(server.stop().unwrap().success());
}

fn start(variant: &Variant, name: &str, peers: Vec<Peer>) -> Running {
    let launch = Launch::alone(name, (Ipv4Addr::LOCALHOST, 0).into());
    variant.start(&Launch { peers, max_clients: 8, ..launch }).unwrap()
}

/// Where a server keeps what it writes.
fn home(server: &Running) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
        |target| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(target),
    );
    target.join(format!("rivals/lamp/run-{}", server.id()))
}

/// The reply to a line; none where the server says that it cannot.
fn ask(server: SocketAddr, line: &str) -> Option<String> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(RECOVERY)).unwrap();
    let length = line.len();
    write!(stream, "POST / HTTP/1.1\r\nHost: lamp\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{line}")
        .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}
