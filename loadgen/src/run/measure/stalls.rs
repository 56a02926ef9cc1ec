use std::{
    thread,
    time::{Duration, Instant},
};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::result::Stalls;

/// A gap between two looks at the clock counts as a stall from here on: a hundred times what an interrupt takes.
const GAP: Duration = Duration::from_micros(100);
/// Stalls whose lengths are kept, so that a machine that stands still all the time does not fill a result with them.
const KEPT: usize = 1000;

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
    let spun: Duration = found.iter().map(|(spun, _)| *spun).sum();
    let mut gaps: Vec<Duration> = found.into_iter().flat_map(|(_, gaps)| gaps).collect();
    gaps.sort_unstable_by(|one, other| other.cmp(one));
    let lengths_us: Vec<f64> = gaps.iter().take(KEPT).map(|gap| gap.as_secs_f64() * 1e6).collect();
    Some(Stalls {
        processors: processors.len(),
        probe_ms: length.as_secs_f64() * 1e3,
        stalls: gaps.len() as u64,
        share: gaps.iter().sum::<Duration>().as_secs_f64() / spun.as_secs_f64().max(1e-9),
        longest_us: lengths_us.first().copied().unwrap_or(0.0),
        lengths_us,
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
