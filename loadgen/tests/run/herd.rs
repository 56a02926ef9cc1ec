//! Against the real server.

use std::{net::SocketAddr, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{Histogram, serialization::Deserializer};
use herd::{
    config::{DEFAULT_TOML, Herd, JournalMode, Serve},
    threads::Server,
};
use loadgen::run::{Pace, Plan, ServerProcess};

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

/// Time enough for documents on a loaded machine.
fn patient(server: &Server) -> Plan {
    Plan { timeout: Duration::from_secs(5), workload: iamat(9, 1), ..plan(server.client_addr()) }
}

#[test]
fn a_mix_is_answered_rightly_in_an_open_loop_by_two_workers() {
    let server = server();
    let outcome = drive(&Plan { workers: 2, idle: 3, ..patient(&server) });
    assert_eq!(outcome.faults().total(), 0, "{:?}", outcome.kept());
    assert_eq!(outcome.links().opened, 7);
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
fn the_result_holds_whole_histograms_and_the_server_s_use() {
    let server = server();
    let process = ServerProcess { pid: std::process::id(), processors: None };
    let outcome = drive(&Plan { server: Some(process), ..patient(&server) });
    let document = outcome.json();
    let latency = &document["latency"]["from_intended"];
    let bytes = STANDARD.decode(latency["hdr"].as_str().unwrap()).unwrap();
    let whole: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
    assert_eq!(whole.len(), outcome.requests());
    assert!(document["server"]["end"]["threads"].as_u64().unwrap() > 4);
    assert!(document["spent"]["server"]["total_s"].as_f64().is_some_and(|total_s| total_s > 0.0));
    let due: u64 = outcome.seconds().iter().map(|row| row.due).sum();
    assert_eq!(due, outcome.requests());
    server.drain().unwrap();
}
