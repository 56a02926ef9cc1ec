use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

/// The word that something must come to its end, which wakes those who sleep.
#[derive(Debug)]
pub(super) struct Drain {
    begun: AtomicBool,
    word: Notify,
}

impl Drain {
    pub(super) fn new() -> Self {
        Self { begun: AtomicBool::new(false), word: Notify::new() }
    }

    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::SeqCst);
        self.word.notify_waiters();
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    /// Sleeps, but not beyond the beginning of the drain.
    pub(super) async fn sleep(&self, pause: Duration) {
        // A word that was given before is not heard; whoever listens before looking misses none.
        let word = self.word.notified();
        if !self.has_begun() {
            // It is the time, or the end.
            let _ = timeout(pause, word).await;
        }
    }
}
