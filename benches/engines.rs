//! Threads against tasks over real sockets: the same groups, the same clients and the same bytes for both engines, so that
//! criterion's page shows them side by side.
//!
//! A server is a process of its own, without journal and neighbours except in `flood`. One thread plays all clients of a
//! group: it sends a request on each connection, then reads each reply. So a figure is the time of the whole round, rated
//! by the request, with the client's own cost in it; the client is the same for both, what differs is the engine's.
//! `loadgen` and `report` measure servers by themselves.

#![expect(clippy::expect_used, reason = "a bench without its servers has nothing to measure")]

mod sockets;

use std::{io::Write, time::Duration};

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use sockets::{
    crowd::{Crowd, Reply, connect, iamat, iamat_at, read, visit},
    herd::{ENGINES, Engine},
    provider,
};

/// Commands in a segment where clients pipeline.
const SEGMENT: usize = 16;
/// How long places take.
const DELAY: Duration = Duration::from_millis(5);

type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// Measures both engines in a group, rated by the request.
fn race(criterion: &mut Criterion, name: &str, requests: usize, mut lap: impl FnMut(&mut Group<'_>, Engine)) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(requests as u64));
    for engine in ENGINES {
        lap(&mut group, *engine);
    }
}

/// So many connections with one request each at a time.
fn rounds(criterion: &mut Criterion) {
    for (name, size) in [("round trip", 1), ("50 connections", 50), ("1000 connections", 1_000)] {
        race(criterion, name, size, |group, engine| {
            let server = engine.alone("none");
            let mut crowd = Crowd::connect(server.clients, size, iamat);
            group.bench_function(engine.name, |bencher| bencher.iter(|| crowd.round(Reply::Lines(1))));
        });
    }
}

/// Sixteen requests in a segment, on each of 50 connections.
fn pipelined(criterion: &mut Criterion) {
    race(criterion, "pipelined by 16", 50 * SEGMENT, |group, engine| {
        let server = engine.alone("none");
        let mut crowd = Crowd::connect(server.clients, 50, |index| iamat(index).repeat(SEGMENT));
        group.bench_function(engine.name, |bencher| bencher.iter(|| crowd.round(Reply::Lines(SEGMENT))));
    });
}

/// A connection is opened, asks once, and is closed in order.
fn connection(criterion: &mut Criterion) {
    race(criterion, "connection", 1, |group, engine| {
        let server = engine.alone("none");
        let (request, mut buffer) = (iamat(0), vec![0; 4096]);
        let to = server.clients;
        group.bench_function(engine.name, |bencher| bencher.iter(|| visit(to, &request, &mut buffer)));
    });
}

/// An update told at Goloman until Welsh shows it, two links away. Welsh is asked again and again, so the figure is up to
/// one round trip too long.
fn flood(criterion: &mut Criterion) {
    race(criterion, "flood", 1, |group, engine| {
        let servers = engine.herd();
        let mut goloman = connect(servers[0].clients);
        let mut welsh = connect(servers[3].clients);
        let (mut buffer, mut later_s) = (vec![0; 1 << 16], 0);
        group.bench_function(engine.name, |bencher| {
            bencher.iter(|| {
                later_s += 1;
                let told = iamat_at("traveller", later_s);
                goloman.write_all(&told).expect("Goloman takes updates");
                read(&mut goloman, &mut buffer, Reply::Lines(1));
                let time = told.rsplit(|byte| *byte == b' ').next().expect("its last field");
                while !shows(&mut welsh, &mut buffer, time) {}
            });
        });
    });
}

/// Whether a server knows the traveller with this time.
fn shows(server: &mut std::net::TcpStream, buffer: &mut [u8], time: &[u8]) -> bool {
    server.write_all(b"WHATSAT traveller 10 0\n").expect("the server takes questions");
    let reply = read(server, buffer, Reply::Anything);
    memchr::memmem::find(reply, time).is_some()
}

/// Fifty clients ask what is near, and places take 5 ms: whoever waits for one after the other takes 250.
fn whatsat(criterion: &mut Criterion) {
    race(criterion, "WHATSAT, 5 ms", 50, |group, engine| {
        let server = engine.alone(&format!("google-legacy={}", provider::start(DELAY)));
        Crowd::connect(server.clients, 50, iamat).round(Reply::Lines(1));
        let ask = |index| format!("WHATSAT client-{index} 10 5\n").into_bytes();
        let mut crowd = Crowd::connect(server.clients, 50, ask);
        group.bench_function(engine.name, |bencher| bencher.iter(|| crowd.round(Reply::Document)));
    });
}

fn criterion() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4))
}

criterion_group! {
    name = benches;
    config = criterion();
    targets = rounds, pipelined, connection, flood, whatsat
}
criterion_main!(benches);
