use std::{
    io::{self, IsTerminal},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::{
    result::SecondRow,
    run::measure::{Seconds, Tally, Window},
};

/// How far a run is, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// Connections are opened and clients told.
    Opening {
        /// Connections that are ready.
        ready: usize,
        /// All there will be.
        all: usize,
    },
    /// Load is sent.
    Running {
        /// Time since the start, warm-up included.
        elapsed: Duration,
        /// Time left until the end of the window, at most.
        left: Duration,
        /// The last whole second, where live figures are kept.
        last: Option<SecondRow>,
    },
}

/// How long an interrupted run waits for what is in flight.
const INTERRUPTED_NS: u64 = 1_000_000_000;

/// What workers show of themselves while they run, and whether they are to stop.
#[derive(Debug)]
pub(crate) struct SharedProgress {
    is_stopped: AtomicBool,
    ready: Vec<AtomicUsize>,
    ended: AtomicUsize,
    /// The last whole second of each worker, where live figures are kept.
    live: Option<Mutex<Live>>,
    published: Vec<AtomicU64>,
    replies: Vec<AtomicU64>,
}

#[derive(Debug, Default)]
struct Live {
    second: u64,
    seconds: Seconds,
}

impl SharedProgress {
    pub(crate) fn new(workers: u32, live_figures: LiveFigures) -> Self {
        Self {
            is_stopped: AtomicBool::new(false),
            ended: AtomicUsize::new(0),
            ready: (0..workers).map(|_| AtomicUsize::new(0)).collect(),
            live: (live_figures == LiveFigures::On).then(Mutex::default),
            published: (0..workers).map(|_| AtomicU64::new(0)).collect(),
            replies: (0..workers).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// How long what is in flight at the end of the window is waited for.
    pub(crate) fn patience_ns(&self, timeout_ns: u64) -> u64 {
        if self.is_stopped() { timeout_ns.min(INTERRUPTED_NS) } else { timeout_ns }
    }

    pub(crate) fn set_ready(&self, worker: u32, ready: usize) {
        self.ready[worker as usize].store(ready, Ordering::Relaxed);
    }

    /// A worker has driven a slice.
    pub(crate) fn end_slice(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Slices that workers have driven.
    pub(crate) fn ended(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }

    /// Connections that are ready, of all workers.
    pub(crate) fn ready(&self) -> usize {
        self.ready.iter().map(|ready| ready.load(Ordering::Relaxed)).sum()
    }

    /// Shows how many right replies a worker has had so far.
    pub(crate) fn set_replies(&self, worker: u32, replies: u64) {
        self.replies[worker as usize].store(replies, Ordering::Relaxed);
    }

    /// Right replies so far, of all workers; whoever reads a clock beside it knows them to within a turn of each worker.
    pub(crate) fn replies(&self) -> u64 {
        self.replies.iter().map(|replies| replies.load(Ordering::Relaxed)).sum()
    }

    /// Shows a worker's last whole second, once.
    pub(crate) fn publish(&self, worker: u32, tally: &Tally, window: Window, now_ns: u64) {
        let Some(live) = &self.live else { return };
        let second = window.passed_ns(now_ns) / 1_000_000_000;
        let published = &self.published[worker as usize];
        if second == 0 || published.load(Ordering::Relaxed) == second {
            return;
        }
        published.store(second, Ordering::Relaxed);
        let mut live = live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.second != second {
            *live = Live { second, seconds: Seconds::default() };
        }
        live.seconds.add_second(&tally.seconds, second - 1);
    }

    /// The last whole second, of the workers that have shown it.
    pub(crate) fn last_second(&self) -> Option<SecondRow> {
        let live = self.live.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        live.seconds.row(0).map(|row| SecondRow { second: live.second - 1, ..row })
    }
}

/// Whether figures are kept that show the run while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveFigures {
    /// They are kept, for a terminal.
    On,
    /// They are not.
    Off,
}

impl LiveFigures {
    /// On where standard error is a terminal.
    pub(crate) fn for_terminal() -> Self {
        if io::stderr().is_terminal() { Self::On } else { Self::Off }
    }
}
