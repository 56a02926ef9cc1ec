//! What the core costs from bytes to bytes: lines, commands, replies, a session's turn, a link's records.
//!
//! `message` brings one command a read, `segment` sixteen, as a client does that pipelines; both are rated by the
//! command. The fastest client cannot make a server cheaper than `session`: what an engine costs comes on top.

#![expect(clippy::expect_used, reason = "a bench without its input has nothing to measure")]

mod input;

use std::{hint::black_box, time::Duration};

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use herd::protocol::{At, Command, Ending, Line, LineBuffer, Name, write_at};
use input::{
    commands::{IAMAT, NOW, SEGMENT, WHATSAT, tick},
    core::{Conversation, acceptor, fill, hear},
};

const AT: &[u8] = b"AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n";

/// Measures one command by itself, and sixteen in a segment.
fn both_sizes(group: &mut BenchmarkGroup<'_, WallTime>, command: &[u8], mut turn: impl FnMut(&[u8])) {
    for (name, count) in [("message", 1), ("segment", SEGMENT)] {
        let bytes = command.repeat(count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(name, |bencher| bencher.iter(|| turn(black_box(&bytes))));
    }
}

fn lines(criterion: &mut Criterion) {
    let mut buffer = LineBuffer::new(4096, Ending::CrLf);
    both_sizes(&mut criterion.benchmark_group("lines"), IAMAT, |bytes| {
        let mut rest = bytes;
        while !rest.is_empty() {
            let before = rest.len();
            rest = fill(buffer.space(), rest);
            buffer.filled(before - rest.len());
            while let Some(Line::Whole(line)) = buffer.next_line() {
                black_box(line);
            }
        }
    });
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(1));
    for (name, line) in [("IAMAT", IAMAT), ("WHATSAT", WHATSAT), ("invalid", b"HELLO kiwi\n")] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(Command::parse(black_box(line.trim_ascii_end()))));
        });
    }
    group.bench_function("AT", |bencher| bencher.iter(|| black_box(At::parse(black_box(AT.trim_ascii_end())))));
}

fn reply(criterion: &mut Criterion) {
    let server: Name = "Goloman".parse().expect("a well-formed name");
    let Command::Iamat(iamat) = Command::parse(IAMAT.trim_ascii_end()) else { unreachable!("it is well-formed") };
    let (mut now, mut out) = (NOW, Vec::with_capacity(1024));
    let mut group = criterion.benchmark_group("reply");
    group.throughput(Throughput::Elements(1));
    group.bench_function("AT", |bencher| {
        bencher.iter(|| {
            out.clear();
            write_at(&server, tick(&mut now), black_box(&iamat), &mut out)
        });
    });
}

fn session(criterion: &mut Criterion) {
    let mut conversation = Conversation::new();
    for (name, command) in [("session", IAMAT), ("session/WHATSAT", WHATSAT)] {
        both_sizes(&mut criterion.benchmark_group(name), command, |bytes| {
            black_box(conversation.say(bytes));
        });
    }
}

fn link(criterion: &mut Criterion) {
    let mut acceptor = acceptor();
    both_sizes(&mut criterion.benchmark_group("link"), AT, |bytes| {
        hear(&mut acceptor, bytes, |at| {
            black_box(at);
        });
    });
}

fn criterion() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2))
}

criterion_group! { name = benches; config = criterion(); targets = lines, parse, reply, session, link }
criterion_main!(benches);
