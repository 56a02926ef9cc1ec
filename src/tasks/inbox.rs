use std::{mem, time::Instant};

use parking_lot::Mutex;
use tokio::{sync::Notify, time::timeout_at};

use crate::protocol::{Dialer, Queue};

/// What an outbound link is to send, and what wakes it.
#[derive(Debug)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    came: Notify,
}

#[derive(Debug)]
struct Waiting {
    queue: Queue,
    woken: bool,
}

/// What ended the wait of an outbound link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// A record is queued.
    Record,
    /// The link was woken.
    Wake,
    /// The moment has passed.
    Nothing,
}

impl Inbox {
    pub(super) fn new(max_records: usize) -> Self {
        Self { waiting: Mutex::new(Waiting { queue: Queue::new(max_records), woken: false }), came: Notify::new() }
    }

    /// Queues a record; says whether there was room. Only the first one ends a wait: the link takes all that is queued.
    pub(super) fn offer(&self, line: &[u8]) -> bool {
        let mut waiting = self.waiting.lock();
        let is_first = waiting.queue.is_empty();
        let has_room = waiting.queue.push(line);
        drop(waiting);
        if is_first {
            self.came.notify_one();
        }
        has_room
    }

    /// Gets the link out of its wait or back-off.
    pub(super) fn wake(&self) {
        self.waiting.lock().woken = true;
        self.came.notify_one();
    }

    /// Moves what is queued into a batch, as far as there is room.
    pub(super) fn take(&self, dialer: &mut Dialer, out: &mut Vec<u8>) {
        dialer.take(&mut self.waiting.lock().queue, out);
    }

    /// Forgets what is queued.
    pub(super) fn clear(&self) {
        self.waiting.lock().queue.clear();
    }

    /// Waits for a record or a wake, until a moment.
    pub(super) async fn wait(&self, until: Instant) -> Came {
        loop {
            let came = self.waiting.lock().came();
            if let Some(came) = came {
                return came;
            }
            if timeout_at(until.into(), self.came.notified()).await.is_err() {
                return Came::Nothing;
            }
        }
    }

    /// Waits for a wake, until a moment; says whether there was one.
    pub(super) async fn wait_for_wake(&self, until: Instant) -> bool {
        loop {
            if mem::take(&mut self.waiting.lock().woken) {
                return true;
            }
            if timeout_at(until.into(), self.came.notified()).await.is_err() {
                return false;
            }
        }
    }
}

impl Waiting {
    fn came(&mut self) -> Option<Came> {
        if !self.queue.is_empty() {
            return Some(Came::Record);
        }
        mem::take(&mut self.woken).then_some(Came::Wake)
    }
}
