//! Rust's kernel: README.md says what it does.

use std::{
    env,
    hint::black_box,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const HELD: usize = 200_000;
const LOOK: usize = 256;
const UNITS: u64 = 8;
const STEPS: u64 = 30_000_000;

struct Object {
    time: u64,
    latitude: f64,
    longitude: f64,
}

impl Object {
    fn new(n: usize) -> Self {
        Self { time: n as u64, latitude: n as f64 * 0.5, longitude: n as f64 * 0.25 }
    }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["allocate", count] => allocate(count.parse().expect("OBJECTS"), |n| Box::new(Object::new(n))),
        ["allocate-counted", count] => allocate(count.parse().expect("OBJECTS"), |n| Arc::new(Object::new(n))),
        ["compute", count] => compute(count.parse().expect("THREADS")),
        _ => panic!("usage: kernel allocate OBJECTS | allocate-counted OBJECTS | compute THREADS"),
    }
    loop {
        thread::park();
    }
}

fn allocate<T: AsRef<Object>>(count: usize, make: impl Fn(usize) -> T) {
    let mut held: Vec<T> = Vec::with_capacity(HELD);
    let began = Instant::now();
    let (mut last, mut longest) = (began, Duration::ZERO);
    for n in 0..count {
        let object = make(n);
        if n < HELD { held.push(object) } else { held[n % HELD] = object }
        if n % LOOK == 0 {
            let now = Instant::now();
            longest = longest.max(now - last);
            last = now;
        }
    }
    let wall_ms = ms(began.elapsed());
    let sum: f64 = held.iter().map(|held| held.as_ref()).map(|o| o.time as f64 + o.latitude + o.longitude).sum();
    let gap_ms = ms(longest);
    println!("ready wall_ms={wall_ms} collection_ms=0 longest_pause_ms=0 longest_gap_ms={gap_ms} check={sum}");
}

/// The units are shared out evenly; each is the same work, and none shares memory with another.
fn compute(threads: u64) {
    let began = Instant::now();
    let workers: Vec<_> = (0..threads).map(|_| thread::spawn(move || work(UNITS / threads))).collect();
    let sum = workers.into_iter().map(|worker| worker.join().expect("a worker")).fold(0, u64::wrapping_add);
    println!("ready wall_ms={} check={sum}", ms(began.elapsed()));
}

fn work(units: u64) -> u64 {
    let mut x: u64 = 1;
    for step in 0..units * STEPS {
        x = black_box((x * 31 + step) & 0x3fff_ffff);
    }
    x
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
