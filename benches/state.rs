//! What the store costs: merges of every kind, the size of the herd, locks and threads, and whoever reads beside it.
//!
//! Rates count records of all threads together, so that two threads that do not meet show twice the rate of one.

#![expect(clippy::expect_used, reason = "a bench without its input has nothing to measure")]

#[path = "input/records.rs"]
mod records;

use std::{
    hint::black_box,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Bencher, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use herd::{
    protocol::{Dialer, Name, Sent},
    state::{Admission, FullSync, Gate, Store},
};
use records::{Records, Rounds};

/// Clients of a server of usual size.
const CLIENTS: usize = 10_000;
/// How many clients are new in one go, from an empty store on.
const NEW_CLIENTS: usize = 1_000;
/// The seconds of the records that a store holds when it is measured.
const KNOWN: u64 = 1_000;

fn filled(records: &Records, shards: usize) -> Store {
    let store = Store::with_shards(shards);
    records.merge_into(&store, KNOWN);
    store
}

fn merge(criterion: &mut Criterion) {
    let records = Records::of(CLIENTS);
    let store = filled(&records, 64);
    let mut group = criterion.benchmark_group("merge");
    group.throughput(Throughput::Elements(1));
    for (name, seconds) in [("older", KNOWN - 1), ("same", KNOWN)] {
        let mut rounds = Rounds::over(0..CLIENTS, 0);
        group.bench_function(name, |bencher| {
            bencher.iter(|| store.merge(black_box(&records.at(rounds.turn().0, seconds)), Admission::Any));
        });
    }
    let mut rounds = Rounds::over(0..CLIENTS, KNOWN);
    group.bench_function("newer", |bencher| bencher.iter(|| merge_next(&store, &records, &mut rounds)));
    group.throughput(Throughput::Elements(NEW_CLIENTS as u64));
    let new = Records::of(NEW_CLIENTS);
    group.bench_function("new", |bencher| {
        bencher.iter_batched_ref(Store::new, |store| new.merge_into(store, KNOWN), BatchSize::LargeInput);
    });
}

fn merge_next(store: &Store, records: &Records, rounds: &mut Rounds) {
    let (client, seconds) = rounds.turn();
    store.merge(black_box(&records.at(client, seconds)), Admission::Any);
}

/// Newer records for ever more clients: what the caches no longer hold is waited for.
fn clients(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("merge by clients");
    group.throughput(Throughput::Elements(1));
    for clients in [1_000, 10_000, 100_000, 1_000_000] {
        let records = Records::of(clients);
        let store = filled(&records, 64);
        let mut rounds = Rounds::over(0..clients, KNOWN);
        group.bench_function(BenchmarkId::from_parameter(clients), |bencher| {
            bencher.iter(|| merge_next(&store, &records, &mut rounds));
        });
    }
}

/// Newer records from one thread, and from two that share the locks but no client, by the number of locks.
fn shards(criterion: &mut Criterion) {
    let records = Records::of(CLIENTS);
    let mut group = criterion.benchmark_group("merge by shards");
    for threads in [1, 2] {
        group.throughput(Throughput::Elements(threads as u64));
        for shards in [1, 2, 4, 8, 16, 32, 64] {
            let store = filled(&records, shards);
            let mut seconds = KNOWN;
            group.bench_function(BenchmarkId::new(format!("threads-{threads}"), shards), |bencher| {
                bencher.iter_custom(|merges| {
                    let share = CLIENTS / threads;
                    let begin = seconds;
                    // As far as any thread comes; so what the next sample tells is news again.
                    seconds += merges / share as u64 + 2;
                    at_once(threads, |thread| {
                        let mut rounds = Rounds::over(share * thread..share * (thread + 1), begin);
                        (0..merges).for_each(|_| merge_next(&store, &records, &mut rounds));
                    })
                });
            });
        }
    }
}

/// How long the slowest of some threads takes, all starting at once.
fn at_once(threads: usize, work: impl Fn(usize) + Sync) -> Duration {
    let barrier = Barrier::new(threads);
    let (work, barrier) = (&work, &barrier);
    let timed = move |thread| {
        barrier.wait();
        let start = Instant::now();
        work(thread);
        start.elapsed()
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || timed(thread))).collect();
        let own = timed(0);
        others.into_iter().filter_map(|other| other.join().ok()).fold(own, Duration::max)
    })
}

/// A reader by itself, then beside a thread that merges without a pause.
fn find(criterion: &mut Criterion) {
    let records = Records::of(CLIENTS);
    let store = filled(&records, 64);
    let mut group = criterion.benchmark_group("find");
    group.throughput(Throughput::Elements(1));
    group.bench_function("alone", |bencher| find_each(bencher, &store, &records));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut rounds = Rounds::over(0..CLIENTS, KNOWN);
            while !over.load(Ordering::Relaxed) {
                merge_next(&store, &records, &mut rounds);
            }
        });
        group.bench_function("beside merges", |bencher| find_each(bencher, &store, &records));
        over.store(true, Ordering::Relaxed);
    });
}

fn find_each(bencher: &mut Bencher<'_>, store: &Store, records: &Records) {
    let (mut rounds, mut reply) = (Rounds::over(0..CLIENTS, 0), Vec::with_capacity(1024));
    bencher.iter(|| {
        reply.clear();
        store.find(black_box(records.at(rounds.turn().0, 0).client), &mut reply)
    });
}

/// Everything a server knows, told to a new neighbour or summed up for its status page.
fn whole_store(criterion: &mut Criterion) {
    let records = Records::of(CLIENTS);
    let store = filled(&records, 64);
    let mut group = criterion.benchmark_group("whole store");
    group.throughput(Throughput::Elements(CLIENTS as u64));
    group.bench_function("digest", |bencher| bencher.iter(|| store.digest()));
    group.bench_function("full_sync", |bencher| bencher.iter(|| full_sync(&store)));
}

/// Copies the store into batches; gives their bytes in all.
fn full_sync(store: &Store) -> usize {
    let (gate, mut sync, mut dialer) = (Gate::default(), FullSync::default(), dialer());
    let (mut out, mut bytes, mut batch) = (Vec::new(), 0, 0);
    sync.start(store, &gate);
    while !sync.is_done() {
        sync.fill(store, &gate, |_, _| (), &mut dialer, &mut out);
        dialer.seal(&mut out);
        batch += 1;
        say(&mut dialer, format!("ACK {batch}\n").as_bytes(), Sent::Acknowledged);
        bytes += out.len();
        out.clear();
    }
    bytes
}

/// The dialling end of a link that is up.
fn dialer() -> Dialer {
    let [own, peer] = ["Goloman", "Hands"].map(|name| name.parse::<Name>().expect("a well-formed name"));
    let mut dialer = Dialer::new(&own, &peer, &mut Vec::new());
    say(&mut dialer, b"HELLO Hands Goloman herd/1\n", Sent::Welcome);
    dialer
}

fn say(dialer: &mut Dialer, line: &[u8], expected: Sent) {
    dialer.space()[..line.len()].copy_from_slice(line);
    dialer.received(line.len());
    assert_eq!(dialer.step(), Ok(expected));
}

fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
}

criterion_group! { name = benches; config = criterion(); targets = merge, clients, shards, find, whole_store }
criterion_main!(benches);
