use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use parking_lot::Mutex;

/// The word that something must come to its end, which wakes those who sleep.
#[derive(Debug)]
pub(super) struct Drain {
    begun: AtomicBool,
    /// Dropped when the drain begins, which ends every wait on `word`.
    silence: Mutex<Option<Sender<()>>>,
    word: Receiver<()>,
}

impl Drain {
    pub(super) fn new() -> Self {
        let (silence, word) = bounded(0);
        Self { begun: AtomicBool::new(false), silence: Mutex::new(Some(silence)), word }
    }

    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::SeqCst);
        drop(self.silence.lock().take());
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    /// Sleeps, but not beyond the beginning of the drain.
    pub(super) fn sleep(&self, pause: Duration) {
        // Nothing is ever sent: it is the time, or the end.
        let (Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)) = self.word.recv_timeout(pause);
    }
}
