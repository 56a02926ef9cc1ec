//! Each limit at its least and at its greatest.

use std::collections::BTreeSet;

use tempfile::TempDir;

use crate::{engine::ENGINES, limits::with_limits, server::Server};

/// What a server is still good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Serves {
    /// A client is served, and a second one refused where there is room for one.
    Clients,
    /// A client is served, and a second one only once the first has gone.
    InTurn,
    /// A client has no time to say anything.
    Nobody,
}

use Serves::{Clients, InTurn, Nobody};

/// Lines of `[limits]`, with the limit that they are about first. The longest duration is a year of 366 days.
const EXTREMES: &[(&str, Serves)] = &[
    ("max_clients = 1", Clients),
    ("max_clients = 1_000_000", Clients),
    ("when_full = \"refuse\"", Clients),
    ("when_full = \"wait\"", InTurn),
    ("thread_cache = 0", Clients),
    ("thread_cache = 1_000_000", Clients),
    ("thread_cache_idle = \"1ns\"", Clients),
    ("thread_cache_idle = \"8784h\"", Clients),
    ("listen_backlog = 1", Clients),
    ("listen_backlog = 2_147_483_647", Clients),
    ("reserved_descriptors = 0", Clients),
    ("reserved_descriptors = 1_000_000", Clients),
    ("first_line = \"1ns\"", Nobody),
    ("first_line = \"8784h\"", Clients),
    ("line = \"1ns\"", Clients),
    ("line = \"8784h\"", Clients),
    ("idle = \"1ns\"", Clients),
    ("idle = \"8784h\"", Clients),
    ("write = \"1ns\"", Clients),
    ("write = \"8784h\"", Clients),
    ("linger = \"0s\"", Clients),
    ("linger = \"8784h\"", Clients),
    ("max_lingering = 0", Clients),
    ("max_lingering = 65_536", Clients),
    ("max_handshakes = 1", Clients),
    ("max_handshakes = 4_096", Clients),
    ("handshake = \"1ns\"", Clients),
    ("handshake = \"8784h\"", Clients),
    ("dial = \"1ns\"", Clients),
    ("dial = \"8784h\"", Clients),
    ("backoff_min = \"1ns\"", Clients),
    ("backoff_min = \"8784h\"\nbackoff_max = \"8784h\"", Clients),
    ("backoff_max = \"1ns\"\nbackoff_min = \"1ns\"", Clients),
    ("backoff_max = \"8784h\"", Clients),
    ("backoff_reset = \"0s\"", Clients),
    ("backoff_reset = \"8784h\"", Clients),
    ("wake_interval = \"1ns\"", Clients),
    ("wake_interval = \"8784h\"", Clients),
    ("silence = \"1ns\"", Clients),
    ("silence = \"8783h\"\nlink_idle = \"8784h\"", Clients),
    ("ack = \"1ns\"", Clients),
    ("ack = \"8784h\"", Clients),
    ("link_idle = \"2ns\"\nsilence = \"1ns\"", Clients),
    ("link_idle = \"8784h\"", Clients),
    ("link_queue = 1", Clients),
    ("link_queue = 1_048_576", Clients),
    ("max_known = 1", Clients),
    ("max_known = 9_223_372_036_854_775_807", Clients),
    ("max_future_skew = \"0s\"", Clients),
    ("max_future_skew = \"8784h\"", Clients),
    ("accept_backoff_min = \"1ns\"", Clients),
    ("accept_backoff_min = \"8784h\"\naccept_backoff_max = \"8784h\"", Clients),
    ("accept_backoff_max = \"1ns\"\naccept_backoff_min = \"1ns\"", Clients),
    ("accept_backoff_max = \"8784h\"", Clients),
    ("drain = \"1s\"", Clients),
    ("drain = \"8784h\"", Clients),
    ("admin = \"1ns\"", Clients),
    ("admin = \"8784h\"", Clients),
    ("close_after_reply = false", Clients),
    ("close_after_reply = true", Clients),
];

#[test]
fn a_server_works_with_each_limit_at_its_least_and_at_its_greatest() {
    for engine in ENGINES {
        for (limits, serves) in EXTREMES {
            let told = format!("{} with {limits}", engine.name);
            let (dir, one) = (TempDir::new().unwrap(), "\nmax_clients = 1");
            let few = if limits.starts_with("max_clients") { "" } else { one };
            let mut server = with_limits(*engine, &dir, &format!("{limits}{few}"));
            match serves {
                Clients => serve(&server, limits, &told),
                InTurn => serve_in_turn(&server, &told),
                Nobody => assert_eq!(server.client().rest(), "ERR idle timeout\n", "{told}"),
            }
            assert_eq!(server.end(), 0, "{told}: {}", server.process.err);
            assert!(!server.process.err.contains("panicked"), "{told}: {}", server.process.err);
        }
    }
}

/// Serves a client, and refuses another meanwhile.
fn serve(server: &Server, limits: &str, told: &str) {
    let mut client = server.client();
    let line = client.ask("IAMAT kiwi +34.068930-118.445127 1");
    assert!(line.starts_with("AT Goloman ") && line.ends_with(" kiwi +34.068930-118.445127 1"), "{told}: {line}");
    // Beside a client that may stay.
    if !limits.contains("1_000_000") && !limits.starts_with("idle = \"1ns\"") && !limits.ends_with("true") {
        assert_eq!(server.client().rest(), "ERR too many clients\n", "{told}");
    }
}

/// Serves a client, and then the one that waited.
fn serve_in_turn(server: &Server, told: &str) {
    let mut first = server.client();
    assert_eq!(first.ask("hello"), "? hello", "{told}");
    let mut second = server.client();
    second.send(b"hello\n");
    assert_eq!(first.ask("again"), "? again", "{told}");
    assert_eq!(first.finish(), "", "{told}");
    assert_eq!(second.line(), "? hello", "{told}");
}

#[test]
fn no_limit_is_left_out() {
    let default: toml::Table = include_str!("../../src/config/default.toml").parse().unwrap();
    let keys: BTreeSet<&str> = default["limits"].as_table().unwrap().keys().map(String::as_str).collect();
    let of = |limits: &(&'static str, Serves)| limits.0.split(' ').next().unwrap();
    assert_eq!(EXTREMES.iter().map(of).collect::<BTreeSet<_>>(), keys);
    for key in keys {
        assert_eq!(EXTREMES.iter().filter(|limits| of(limits) == key).count(), 2, "{key}");
    }
}
