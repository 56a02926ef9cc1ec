use std::{
    hint::black_box,
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, ScopedJoinHandle},
    time::{Duration, Instant},
};

use anyhow::Context;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// What the probe's memory takes: more than a first-level cache, less than a second-level one has.
const WORDS: usize = 32 * 1024;
/// How long the work takes a processor when nothing disturbs it.
const AIM: Duration = Duration::from_millis(1);
/// Steps between two looks at the clock while the work is calibrated.
const STRIDE: u32 = 10_000;
/// Trials of which the fastest counts.
const TRIALS: u32 = 20;

/// The speed probe: the same work on every processor, which no server can influence. What differs between two of its
/// times is the machine.
pub(super) struct SpeedProbe {
    steps: u32,
    processors: Vec<Processor>,
}

/// A thread that waits on its processor until the work is asked for.
struct Processor {
    ask: Sender<()>,
    took: Receiver<Duration>,
}

impl SpeedProbe {
    /// Starts a thread on each processor that this process may use, and finds how much work takes a millisecond.
    pub(super) fn start<'scope>(scope: &'scope thread::Scope<'scope, '_>) -> anyhow::Result<Self> {
        let allowed = sched_getaffinity(None).context("which processors may be used is not known")?;
        let steps = calibrated();
        let ids = (0..CpuSet::MAX_CPU).filter(|id| allowed.is_set(*id));
        let processors = ids.map(|id| Processor::start(scope, id, steps)).collect::<anyhow::Result<_>>()?;
        Ok(Self { steps, processors })
    }

    /// How many steps the work has.
    pub(super) fn steps(&self) -> u32 {
        self.steps
    }

    /// Does the work on all processors at once; says how long each took, in microseconds.
    pub(super) fn take(&self) -> Vec<f64> {
        for processor in &self.processors {
            // A thread that has ended tells no time.
            let _ = processor.ask.send(());
        }
        let took = self.processors.iter().filter_map(|processor| processor.took.recv().ok());
        took.map(|took| took.as_secs_f64() * 1e6).collect()
    }
}

impl Processor {
    fn start<'scope>(scope: &'scope thread::Scope<'scope, '_>, id: usize, steps: u32) -> anyhow::Result<Self> {
        let (ask, asked) = mpsc::channel();
        let (tell, took) = mpsc::channel();
        let work = move || {
            let mut set = CpuSet::new();
            set.set(id);
            // Where a processor cannot be chosen, the thread works on the one it is given.
            let _ = sched_setaffinity(None, &set);
            let mut memory = vec![1_u64; WORDS];
            while let Ok(()) = asked.recv() {
                let begun = Instant::now();
                black_box(work(steps, &mut memory));
                if tell.send(begun.elapsed()).is_err() {
                    return;
                }
            }
        };
        let _thread: ScopedJoinHandle<'_, ()> =
            thread::Builder::new().name(format!("speed-{id}")).spawn_scoped(scope, work)?;
        Ok(Self { ask, took })
    }
}

/// Integer arithmetic whose results say which words of the memory are changed next.
fn work(steps: u32, memory: &mut [u64]) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..steps {
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let at = usize::try_from(state >> 32).unwrap_or_default() % memory.len();
        memory[at] = memory[at].wrapping_add(state);
        state ^= memory[at] >> 7;
    }
    state
}

/// The steps that the fastest of some trials does in the time aimed at.
fn calibrated() -> u32 {
    let mut memory = vec![1_u64; WORDS];
    let trial = |_| {
        let begun = Instant::now();
        black_box(work(STRIDE, &mut memory));
        begun.elapsed()
    };
    let fastest = (0..TRIALS).map(trial).min().unwrap_or(AIM).max(Duration::from_nanos(1));
    let strides = AIM.as_secs_f64() / fastest.as_secs_f64();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some strides of a positive number")]
    let steps = (strides * f64::from(STRIDE)).min(f64::from(u32::MAX)) as u32;
    steps.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_processor_tells_its_time() {
        thread::scope(|scope| {
            let probe = SpeedProbe::start(scope).unwrap();
            let allowed = sched_getaffinity(None).unwrap();
            let processors = (0..CpuSet::MAX_CPU).filter(|id| allowed.is_set(*id)).count();
            let took = probe.take();
            assert_eq!(took.len(), processors);
            assert!(took.iter().all(|took_us| *took_us > 0.0) && probe.steps() > 0, "{took:?}");
        });
    }

    #[test]
    fn the_work_is_the_same_each_time() {
        let result = || work(1_000, &mut vec![1; WORDS]);
        assert_eq!(result(), result());
        assert_ne!(result(), work(1_001, &mut vec![1; WORDS]));
    }
}
