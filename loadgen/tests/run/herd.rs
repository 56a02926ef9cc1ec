//! Against the real server.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{Histogram, serialization::Deserializer};
use herd::{
    config::{DEFAULT_TOML, Herd, JournalMode, Peer, Serve},
    threads::Server,
};
use loadgen::{
    result::RunResult,
    run::{FakePeer, HerdObservation, Pace, Plan, ServerProcess},
};

use crate::plans::{drive, iamat, plan};

/// A server of the default herd on ports of the system's choice, without neighbours.
fn server() -> Server {
    let herd = Herd::parse(DEFAULT_TOML).unwrap();
    let mut settings: Serve = herd.serve(&herd.servers()[0].name).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    (settings.listen, settings.peer_listen, settings.admin_listen) = (any, any, any);
    settings.peers.clear();
    settings.journal.mode = JournalMode::Off;
    Server::start(settings).unwrap()
}

/// The same with one neighbour, who is to be found here.
fn neighbour_of(name: &str, addr: SocketAddr) -> Server {
    let herd = Herd::parse(DEFAULT_TOML).unwrap();
    let mut settings: Serve = herd.serve(&herd.servers()[0].name).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    (settings.listen, settings.peer_listen, settings.admin_listen) = (any, any, any);
    settings.peers = vec![Peer { name: name.parse().unwrap(), addr }];
    settings.journal.mode = JournalMode::Off;
    Server::start(settings).unwrap()
}

/// Time enough for documents on a loaded machine.
fn patient(server: &Server) -> Plan {
    Plan { timeout: Duration::from_secs(5), workload: iamat(9, 1), ..plan(server.client_addr()) }
}

#[test]
fn a_mix_is_answered_rightly_in_an_open_loop_by_two_workers() {
    let server = server();
    let measurement = drive(&Plan { workers: 2, idle: 3, ..patient(&server) });
    assert_eq!(measurement.faults().total(), 0, "{:?}", measurement.kept());
    assert_eq!(measurement.links().opened, 7);
    server.drain().unwrap();
}

#[test]
fn pipelined_commands_and_churn_are_answered_rightly() {
    let server = server();
    let pipelined = drive(&Plan { pace: Pace::Closed, depth: 16, ..patient(&server) });
    assert_eq!(pipelined.faults().total(), 0, "{:?}", pipelined.kept());
    let churn = drive(&Plan { requests_per_connection: Some(2), ..patient(&server) });
    assert_eq!(churn.faults().total(), 0, "{:?}", churn.kept());
    assert_eq!(churn.links().lost, 0);
    assert!(churn.links().opened >= churn.requests() / 2);
    server.drain().unwrap();
}

#[test]
fn every_update_is_seen_at_a_fake_peer() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = neighbour_of("Welsh", free);
    let fake_peer = Some(FakePeer { name: "Welsh".to_owned(), listen: free });
    let measurement = drive(&Plan {
        herd: HerdObservation { fake_peer, ..HerdObservation::default() },
        workload: iamat(1, 0),
        ..patient(&server)
    });
    let seen = measurement.result().seen_at_seat.unwrap();
    assert_eq!((seen.count, seen.answered), (measurement.requests(), measurement.requests()), "{seen:?}");
    assert!(seen.percentiles.p50.exact_us().is_some_and(|us| us > 0.0), "{seen:?}");
    server.drain().unwrap();
}

#[test]
fn servers_converge_or_are_told_with_what_they_lack() {
    let (server, stranger) = (server(), server());
    let converge = vec![server.client_addr(), stranger.client_addr()];
    let others = vec![std::process::id()];
    let herd = HerdObservation { converge, others, fake_peer: None };
    let measurement = drive(&Plan { herd, workload: iamat(1, 0), ..plan(server.client_addr()) });
    let RunResult { settled, spent, .. } = measurement.result();
    assert!(settled[0].after_s.is_some() && settled[0].missing == 0, "{settled:?}");
    assert!(settled[1].after_s.is_none() && settled[1].missing > 4, "{settled:?}");
    assert!(spent.others[0].is_some_and(|cpu| cpu.total_s > 0.0));
    server.drain().unwrap();
    stranger.drain().unwrap();
}

#[test]
fn the_result_holds_whole_histograms_and_the_server_s_use() {
    let server = server();
    let process = ServerProcess { pid: std::process::id(), processors: None };
    let measurement = drive(&Plan { server: Some(process), ..patient(&server) });
    let result = measurement.result();
    let bytes = STANDARD.decode(result.latency.from_intended.hdr).unwrap();
    let whole: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
    assert_eq!(whole.len(), measurement.requests());
    assert!(result.server.unwrap().end.threads.unwrap() > 4);
    assert!(result.spent.server.is_some_and(|cpu| cpu.total_s > 0.0));
    let due: u64 = measurement.seconds().iter().map(|row| row.due).sum();
    assert_eq!(due, measurement.requests());
    server.drain().unwrap();
}
