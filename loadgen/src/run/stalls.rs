use std::{
    thread,
    time::{Duration, Instant},
};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::Serialize;

/// A gap between two looks at the clock counts as a stall from here on: a hundred times what an interrupt takes.
const GAP: Duration = Duration::from_micros(100);

/// How long each processor stood still while it only looked at the clock (METHOD 1.7).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stalls {
    /// Processors that were probed at once.
    pub processors: usize,
    /// Length of the probe in ms.
    pub probe_ms: f64,
    /// Gaps of more than 100 µs.
    pub stalls: u64,
    /// Share of all processors' time that lay in them.
    pub share: f64,
    /// The longest one in µs.
    pub longest_us: f64,
}

impl Stalls {
    /// Spins on every processor that this process may use; `None` for no time at all.
    #[must_use]
    pub fn probe(length: Duration) -> Option<Self> {
        if length.is_zero() { None } else { probe(length) }
    }
}

fn probe(length: Duration) -> Option<Stalls> {
    let allowed = sched_getaffinity(None).ok()?;
    let processors: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|processor| allowed.is_set(*processor)).collect();
    let found: Vec<(Duration, Vec<Duration>)> = thread::scope(|scope| {
        let spinning: Vec<_> =
            processors.iter().map(|processor| scope.spawn(move || spin(*processor, length))).collect();
        spinning.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let gaps = || found.iter().flat_map(|(_, gaps)| gaps);
    let (lost, spun): (Duration, Duration) = (gaps().sum(), found.iter().map(|(spun, _)| *spun).sum());
    Some(Stalls {
        processors: processors.len(),
        probe_ms: length.as_secs_f64() * 1e3,
        stalls: gaps().count() as u64,
        share: lost.as_secs_f64() / spun.as_secs_f64().max(1e-9),
        longest_us: gaps().max().map_or(0.0, |gap| gap.as_secs_f64() * 1e6),
    })
}

/// How long it really took, and the gaps.
fn spin(processor: usize, length: Duration) -> (Duration, Vec<Duration>) {
    let mut set = CpuSet::new();
    set.set(processor);
    // Where a processor cannot be chosen, the thread probes the one it is given.
    let _ = sched_setaffinity(None, &set);
    let begun = Instant::now();
    let mut last = begun;
    let mut gaps = Vec::new();
    while last - begun < length {
        let now = Instant::now();
        if now - last > GAP {
            gaps.push(now - last);
        }
        last = now;
    }
    (last - begun, gaps)
}
