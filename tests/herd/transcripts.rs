use std::net::Ipv4Addr;

use loadgen::check::{CaseResult, Level, Listener, Options, PeerTarget, Suite, Targets, run};
use tempfile::TempDir;

use crate::{
    client::PATIENCE,
    engine::{Engine, HERDS},
    process::{file, own_address},
    server::Server,
};

/// The conformance check of `loadgen check`, played against two servers of which the first has a third neighbour, which
/// the check itself plays. Slow cases wait for time-outs; `limits` has those in short.
#[test]
fn every_herd_passes_the_conformance_check() {
    for engines in HERDS {
        let dir = TempDir::new().unwrap();
        let addr = own_address();
        let config = file(&dir, &line_of_three(addr));
        let start = |index: usize, name: &str| {
            let engine = engines[index % engines.len()];
            Server::start(engine, &[name, "--config", &config, "--journal", "off"])
        };
        // Wilkes does not run.
        let (hands, goloman) = (start(0, "Hands"), start(1, "Goloman"));
        let targets = targets(&hands, &goloman, addr);
        let failed = play(&targets);
        assert!(failed.is_empty(), "{:?}\n{}", names(engines), failed.join("\n"));
    }
}

/// A config in which Hands talks with Goloman and with Wilkes, and those two with nobody else.
fn line_of_three(addr: Ipv4Addr) -> String {
    let server = |name: &str, index: u16, talks_with: &str| {
        let (clients, peers, admin) = (12000 + index, 12100 + index, 12200 + index);
        format!(
            "[[server]]\nname = \"{name}\"\nclients = \"{addr}:{clients}\"\npeers = \"{addr}:{peers}\"\n\
             admin = \"{addr}:{admin}\"\ntalks_with = [{talks_with}]\n"
        )
    };
    server("Hands", 0, r#""Goloman", "Wilkes""#) + &server("Goloman", 1, "") + &server("Wilkes", 2, "")
}

fn targets(hands: &Server, goloman: &Server, addr: Ipv4Addr) -> Targets {
    let peer = PeerTarget {
        name: "Hands".to_owned(),
        addr: hands.peers,
        me: "Wilkes".to_owned(),
        listen: Some(Listener { addr: (addr, 12102).into() }),
    };
    Targets { clients: vec![hands.clients, goloman.clients], peer: Some(peer) }
}

/// Plays every case and gives what fell short, in words.
fn play(targets: &Targets) -> Vec<String> {
    let suite = Suite::builtin().unwrap().select(Level::Strict, &[]);
    let options = Options { timeout: PATIENCE, herd_deadline: PATIENCE, ..Options::default() };
    let mut failed = Vec::new();
    for case in suite.cases().iter().filter(|case| !case.slow) {
        match run(case, targets, &options) {
            CaseResult::Passed => {}
            CaseResult::Failed(failure) => failed.push(format!("{}: {failure}", case.name)),
            CaseResult::Skipped { why } => failed.push(format!("{} was skipped: {why}", case.name)),
        }
    }
    failed
}

pub(crate) fn names(engines: &[Engine]) -> Vec<&'static str> {
    engines.iter().map(|engine| engine.name).collect()
}
