use std::{fs, path::Path};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    client::PATIENCE,
    engine::ENGINES,
    process::{config, own_address},
    server::{Server, eventually},
};

/// The events of a journal that is whole.
fn events(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the events of one kind have under a key.
fn each(events: &[Value], kind: &str, key: &str) -> Vec<String> {
    let of_kind = events.iter().filter(|event| event["event"] == kind);
    of_kind.map(|event| event[key].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_line_and_connection_is_journalled() {
    for engine in ENGINES {
        let dir = TempDir::new().unwrap();
        let herd = config(&dir, own_address());
        let journal = dir.path().join("journal");
        let args = ["--config", &herd, "--places", "none", "--journal-dir", journal.to_str().unwrap()];
        let start = |name| Server::start(*engine, &[&[name], &args[..]].concat());
        let (mut goloman, mut hands) = (start("Goloman"), start("Hands"));

        let mut client = goloman.client();
        let told = client.tell("kiwi");
        client.send(b"IAMAT \xff\xfe somewhere 1\n");
        assert_eq!(client.line(), "? IAMAT \u{fffd}\u{fffd} somewhere 1");
        // Leaving with a reply unread would be a reset; leaving without a wait, perhaps the work of the drain.
        assert_eq!(client.finish(), "");
        eventually("the neighbour has it", PATIENCE, || hands.client().whereabouts("kiwi") == told);
        assert_eq!((hands.end(), goloman.end()), (0, 0), "{}", engine.name);

        let events = events(&journal.join("Goloman.jsonl"));
        assert_eq!(events.first().unwrap()["event"], "started");
        assert_eq!(events.last().unwrap()["event"], "stopped");
        assert!(each(&events, "line_out", "line").contains(&told), "{}: {events:#?}", engine.name);
        assert!(each(&events, "line_in", "line_hex").contains(&hex(b"IAMAT \xff\xfe somewhere 1")));
        assert!(each(&events, "peer_out", "line").contains(&told), "{}: {events:#?}", engine.name);
        assert!(each(&events, "client_lost", "reason").contains(&"end of input".to_owned()));
        for kind in ["client_gained", "link_gained", "link_lost", "draining"] {
            assert!(events.iter().any(|event| event["event"] == kind), "{}: no {kind} in {events:#?}", engine.name);
        }
        assert!(!events.iter().any(|event| event["event"] == "dropped"), "{}: {events:#?}", engine.name);
    }
}

/// A journal on a disk that is full costs events, no client.
#[test]
fn a_full_disk_delays_no_client() {
    for engine in ENGINES {
        let dir = TempDir::new().unwrap();
        std::os::unix::fs::symlink("/dev/full", dir.path().join("Goloman.jsonl")).unwrap();
        let ports = ["--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let rest = ["--no-peers", "--places", "none", "--journal-dir", dir.path().to_str().unwrap()];
        let server = Server::start(*engine, &[&["Goloman"], &ports[..], &rest].concat());
        for n in 0..100 {
            server.client().tell(&format!("c{n}"));
        }
        eventually("lost events are counted", PATIENCE, || server.metric("herd_journal_dropped_events_total") > 0);
        server.process.signal(Signal::TERM);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}
