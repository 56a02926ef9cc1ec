use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use crossbeam_channel::{Receiver, Sender};

use super::frame::{Batch, Source};

/// Batches that wait for the writer: 1.3 s of 100,000 exchanges a second. Linux holds a writer up for 200 ms when too
/// many pages are dirty, and processors that are overbooked tenfold do the same. The queue takes 16 bytes each, 2 MiB.
pub(super) const QUEUE_BATCHES: usize = 1 << 17;

/// Bytes that wait for the writer, counted as the buffers' capacity: twice as many as small batches fill.
pub(super) const QUEUE_BYTES: usize = 64 << 20;

/// Buffers start at this size: an exchange of two lines fits.
const BUFFER_BYTES: usize = 256;

/// What the handles share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) queue: Sender<Box<Batch>>,
    /// Batches that the writer is done with, empty.
    pub(super) spare: Receiver<Box<Batch>>,
    pub(super) tally: Arc<Tally>,
}

/// What the handles and the writer both count.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Capacity of the buffers in the queue, in bytes.
    pub(super) queued: AtomicUsize,
    /// Events lost since the start.
    pub(super) dropped: AtomicU64,
    /// Set once the writer is to finish: nothing enters the queue any more.
    pub(super) closed: AtomicBool,
}

impl Shared {
    /// An empty batch, a used one if there is any.
    #[expect(clippy::unnecessary_box_returns, reason = "a batch goes round in its box")]
    pub(super) fn batch(&self, source: Source) -> Box<Batch> {
        match self.spare.try_recv() {
            Ok(mut batch) => {
                batch.source = source;
                batch
            }
            Err(_) => Box::new(Batch { source, frames: Vec::with_capacity(BUFFER_BYTES), events: 0 }),
        }
    }

    /// Queues a batch, or drops and counts it.
    pub(super) fn submit(&self, batch: Box<Batch>) {
        let (capacity, events) = (batch.frames.capacity(), batch.events);
        let queued = self.tally.queued.fetch_add(capacity, Relaxed) + capacity;
        if queued > QUEUE_BYTES || self.tally.closed.load(Relaxed) || self.queue.try_send(batch).is_err() {
            self.tally.queued.fetch_sub(capacity, Relaxed);
            self.tally.dropped.fetch_add(u64::from(events), Relaxed);
        }
    }
}
