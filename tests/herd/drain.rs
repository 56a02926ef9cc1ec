use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    client::{Client, PATIENCE},
    engine::ENGINES,
    limits::with_limits,
    server::{Server, eventually},
};

/// Lines that were no command.
const INVALID: &str = "herd_commands_total{verb=\"other\",outcome=\"invalid\"}";
/// What PROTOCOL 6.3 allows for a drain.
const DRAIN: Duration = Duration::from_secs(10);

#[test]
fn clients_are_told_before_the_server_ends() {
    for engine in ENGINES {
        for signal in [Signal::TERM, Signal::INT] {
            let mut server = Server::alone(*engine, &[]);
            let (mut busy, silent, mut half) = (server.client(), server.client(), server.client());
            let told = busy.tell("kiwi");
            assert_eq!(busy.whereabouts("kiwi"), told);
            half.send(b"IAMAT half a li");
            eventually("all three are served", PATIENCE, || server.status()["clients_connected"] == 3);

            let asked = Instant::now();
            server.process.signal(signal);
            for client in [busy, silent, half] {
                assert_eq!(client.rest(), "ERR shutting down\n", "{}", engine.name);
            }
            assert_eq!(server.process.exit_code(), 0, "{}: {}", engine.name, server.process.err);
            assert!(asked.elapsed() < DRAIN, "{}: {:?}", engine.name, asked.elapsed());
        }
    }
}

/// What was answered arrives, though the client reads slowly and goes on sending when the drain begins.
#[test]
fn a_drain_destroys_no_reply() {
    // Their replies are more than the client's side takes unread, and less than the server's side.
    const LINES: u64 = 40;
    for engine in ENGINES {
        let dir = TempDir::new().unwrap();
        // Longer than a loaded machine may take to read what there is.
        let server = with_limits(*engine, &dir, "drain = \"60s\"\nlinger = \"30s\"");
        let mut slow = server.client_with_small_window();
        let long = format!("{}\n", "x".repeat(2000));
        for _ in 0..LINES {
            slow.send(long.as_bytes());
        }
        eventually("all is read", PATIENCE, || server.metric(INVALID) == LINES);
        server.process.signal(Signal::TERM);
        for n in 0..LINES {
            assert_eq!(slow.line().len(), 2002, "{}: reply {n}", engine.name);
            // It may be too late for this one, but it is no reason to lose the others.
            let _ = slow.try_send(b"more\n");
        }
        let rest: Vec<_> = std::iter::from_fn(|| Some(slow.line()).filter(|line| !line.is_empty())).collect();
        assert_eq!(rest.last().map(String::as_str), Some("ERR shutting down"), "{}: {rest:?}", engine.name);
    }
}

/// A client that neither reads nor leaves cannot hold up the end.
#[test]
fn a_drain_does_not_wait_for_ever() {
    for engine in ENGINES {
        let mut server = Server::alone(*engine, &[]);
        let mut deaf = server.client_with_small_window();
        let long = format!("{}\n", "x".repeat(4000));
        deaf.give_up_sending_after(Duration::from_millis(500));
        // Until nothing more goes in: then the server waits to send.
        while deaf.try_send(long.as_bytes()).is_ok() {}
        let asked = Instant::now();
        assert_eq!(server.end(), 0, "{}: {}", engine.name, server.process.err);
        assert!(asked.elapsed() < DRAIN, "{}: {:?}", engine.name, asked.elapsed());
    }
}

/// A neighbour that says HELLO to a server which ends finds no link, and holds up nothing.
#[test]
fn a_link_that_comes_too_late_is_refused() {
    for engine in ENGINES {
        let ports = ["--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let rest = ["--peer", "Hands=127.0.0.1:9", "--places", "none", "--journal", "off"];
        let mut server = Server::start(*engine, &[&["Goloman"], &ports[..], &rest].concat());
        // A client with a line begun keeps the server in its drain for as long as it lingers.
        let (mut client, mut late) = (server.client(), Client::connect(server.peers));
        client.tell("kiwi");
        server.process.signal(Signal::TERM);
        assert_eq!(client.line(), "ERR shutting down");
        // The server may have hung up already.
        let _ = late.try_send(b"HELLO Hands Goloman herd/1\n");
        let asked = Instant::now();
        assert_eq!(server.process.exit_code(), 0, "{}: {}", engine.name, server.process.err);
        assert!(asked.elapsed() < DRAIN, "{}: {:?}", engine.name, asked.elapsed());
    }
}
