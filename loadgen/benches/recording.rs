//! What recording costs per request: all that a worker notes of one from its intended start to its reply, at most 15 ns
//! on a processor of today. Latencies are drawn as they are met: most within an octave, some far out, so that the counts
//! that are touched do not all lie in one line of the cache.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use loadgen::run::Recording;

/// Requests whose times are drawn beforehand.
const DRAWN: u64 = 1 << 16;
/// Between two intended starts: a window of a few seconds.
const GAP_NS: u64 = 50_000;

/// Wake lag, wait and service time of a request, in nanoseconds.
#[derive(Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "the unit ends the name")]
struct Times {
    lag_ns: u64,
    wait_ns: u64,
    service_ns: u64,
}

fn drawn() -> Vec<Times> {
    let mut draws = fastrand::Rng::with_seed(1);
    // The sum of exponents makes a tail: one in a thousand is a hundred times the median.
    let mut around = |ns: f64| {
        let octaves = (0..4).map(|_| draws.f64() - 0.5).sum::<f64>() * 2.0;
        (ns * octaves.exp2()).round().max(0.0)
    };
    let whole = |ns: f64| std::time::Duration::from_secs_f64(ns / 1e9).as_nanos().try_into().unwrap_or(u64::MAX);
    let mut one = || Times {
        lag_ns: whole(around(80_000.0)),
        wait_ns: whole(around(300.0)),
        service_ns: whole(around(120_000.0)),
    };
    (0..DRAWN).map(|_| one()).collect()
}

fn recording(criterion: &mut Criterion) {
    let times = drawn();
    let mut group = criterion.benchmark_group("recording");
    group.throughput(Throughput::Elements(DRAWN));
    for (name, is_open) in [("open", 1), ("closed", 0)] {
        let mut recording = Recording::default();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut intended_ns = 0;
                for Times { lag_ns, wait_ns, service_ns } in black_box(&times) {
                    // A closed loop sees a request due when it makes it up, and writes it at once.
                    let seen_ns = intended_ns + lag_ns * is_open;
                    let written_ns = seen_ns + wait_ns * is_open;
                    recording.request(intended_ns, seen_ns, written_ns, written_ns + service_ns);
                    intended_ns += GAP_NS;
                }
            });
        });
        black_box(recording.requests());
    }
    group.finish();
}

criterion_group!(benches, recording);
criterion_main!(benches);
