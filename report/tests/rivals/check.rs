use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use loadgen::{
    check::{CaseResult, Level, Listener, Options, PeerTarget, Suite, Targets, run},
    http::Transport,
};
use report::variant::{Launch, Peer, Running, Variant};

use crate::{client::own_address, variants::available};

/// For a reply, or an update to be seen: far more than it takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Three neighbours in a line: Hands in the middle runs, and so does Goloman; Wilkes is played by the check.
const MIDDLE: (&str, u16) = ("Hands", 12000);
const RUNNING: (&str, u16) = ("Goloman", 12001);
const PLAYED: (&str, u16) = ("Wilkes", 12002);

#[test]
fn java_on_platform_threads_passes() {
    passes("java-platform");
}

#[test]
fn java_on_virtual_threads_passes() {
    passes("java-virtual");
}

#[test]
fn node_passes() {
    passes("node");
}

#[test]
fn python_with_aiohttp_passes() {
    passes("python-aiohttp");
}

#[test]
fn python_on_asyncio_passes() {
    passes("python-asyncio");
}

/// It is no rival: what the assignment asks for is what it must do.
#[test]
fn python_with_a_coroutine_for_each_client_plays_the_assignment() {
    let Some(variant) = available("python-coroutines") else { return };
    let server = start(&variant, own_address(), RUNNING, &[]);
    play(&Targets { clients: vec![server.ready().clients], peer: None }, Level::Assignment);
    assert_drains(server);
}

#[test]
fn python_on_threads_passes() {
    passes("python-threads");
}

#[test]
fn python_on_uvloop_passes() {
    passes("python-uvloop");
}

/// Plays the conformance check against a server alone and against a herd of two with a third neighbour.
fn passes(name: &str) {
    let Some(variant) = available(name) else { return };
    let addr = own_address();
    alone(&variant, addr);

    let middle = start(&variant, addr, MIDDLE, &[RUNNING, PLAYED]);
    let running = start(&variant, addr, RUNNING, &[MIDDLE]);
    let (played, port) = PLAYED;
    let peer = PeerTarget {
        name: MIDDLE.0.to_owned(),
        addr: middle.ready().peers.unwrap(),
        me: played.to_owned(),
        listen: Some(Listener { addr: peer_address(addr, port) }),
    };
    let clients = vec![middle.ready().clients, running.ready().clients];
    let skipped = play(&Targets { clients, peer: Some(peer) }, Level::Strict);
    assert!(skipped.is_empty(), "{name}: {skipped:?} were skipped");
    assert_drains(middle);
    assert_drains(running);
}

fn alone(variant: &Variant, addr: Ipv4Addr) {
    let server = start(variant, addr, RUNNING, &[]);
    play(&Targets { clients: vec![server.ready().clients], peer: None }, Level::Strict);
    assert_drains(server);
}

fn start(variant: &Variant, addr: Ipv4Addr, (name, port): (&str, u16), neighbours: &[(&str, u16)]) -> Running {
    let neighbour = |&(name, port): &(&str, u16)| Peer { name: name.to_owned(), address: peer_address(addr, port) };
    let peers = neighbours.iter().map(neighbour).collect();
    let launch = Launch::alone(name, (addr, port).into());
    variant.start(&Launch { peer_listen: peer_address(addr, port), peers, ..launch }).unwrap()
}

fn peer_address(addr: Ipv4Addr, port: u16) -> SocketAddr {
    (addr, port + 100).into()
}

fn assert_drains(server: Running) {
    assert!(server.stop().unwrap().success());
}

/// Plays every case but the slow ones, which wait for time-outs, and gives the names of those that were skipped.
pub(crate) fn play(targets: &Targets, level: Level) -> Vec<String> {
    play_over(Transport::Lines, targets, level)
}

/// The same, where something carries commands.
pub(crate) fn play_over(transport: Transport, targets: &Targets, level: Level) -> Vec<String> {
    let options = Options { level, transport, timeout: PATIENCE, herd_deadline: PATIENCE, ..Options::default() };
    let suite = Suite::builtin().unwrap().select(level, &[]);
    let (mut failed, mut skipped) = (Vec::new(), Vec::new());
    for case in suite.cases().iter().filter(|case| !case.slow) {
        match run(case, targets, &options) {
            CaseResult::Passed => {}
            CaseResult::Failed(failure) => failed.push(format!("{}: {failure}", case.name)),
            CaseResult::Skipped { .. } => skipped.push(case.name.clone()),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    skipped
}
