use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::{
    client::PATIENCE,
    engine::ENGINES,
    server::{Server, eventually},
};

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

/// A client that neither reads nor leaves cannot hold up the end.
#[test]
fn a_drain_does_not_wait_for_ever() {
    for engine in ENGINES {
        let mut server = Server::alone(*engine, &[]);
        let mut deaf = server.client();
        deaf.tell("kiwi");
        let asked = Instant::now();
        assert_eq!(server.end(), 0, "{}: {}", engine.name, server.process.err);
        assert!(asked.elapsed() < DRAIN, "{}: {:?}", engine.name, asked.elapsed());
        drop(deaf);
    }
}
