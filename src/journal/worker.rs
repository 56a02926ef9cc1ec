use std::{
    sync::{
        Arc,
        atomic::Ordering::{Acquire, Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};

use super::{
    Event,
    file::RotatingFile,
    frame::{Batch, frames},
    queue::{QUEUE_BATCHES, Tally},
    render::Renderer,
};

/// Between two looks at the queue. Long enough that waking costs nothing beside the events of a loaded server, short
/// enough that the queue holds far more and that a reader of the file does not notice.
pub(super) const NAP: Duration = Duration::from_millis(5);

/// Naps without an event, one second of them, before the writer sleeps until one comes.
pub(super) const IDLE_NAPS: u32 = 200;

/// The writer hands its lines to the kernel when it has this many bytes.
const CHUNK_BYTES: usize = 128 << 10;

/// A chunk buffer that one long document made larger than this is given back.
const MAX_CHUNK_BYTES: usize = 1 << 20;

/// Between two attempts to write to a disk that fails.
const RETRY: Duration = Duration::from_secs(1);

/// A batch that one long document made larger than this is freed, so that the spare ones take at most 16 MiB.
const MAX_SPARE_BYTES: usize = 4096;

/// What the journal's thread owns and does.
pub(super) struct Worker {
    file: RotatingFile,
    batches: Receiver<Box<Batch>>,
    used: Sender<Box<Batch>>,
    tally: Arc<Tally>,
    renderer: Renderer,
    /// Rendered lines.
    chunk: Vec<u8>,
    /// Of the tally's drops, those that were journalled.
    reported: u64,
    /// Set while the disk fails.
    retry_at: Option<Instant>,
}

/// What a look at the queue found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Batches,
    Nothing,
    /// All handles are gone.
    End,
}

impl Worker {
    pub(super) fn new(
        file: RotatingFile,
        batches: Receiver<Box<Batch>>,
        used: Sender<Box<Batch>>,
        tally: Arc<Tally>,
    ) -> Self {
        let chunk = Vec::with_capacity(CHUNK_BYTES);
        let renderer = Renderer::default();
        Self { file, batches, used, tally, renderer, chunk, reported: 0, retry_at: None }
    }

    /// Writes until the queue is closed and empty, or all handles are gone.
    pub(super) fn run(mut self) {
        let mut quiet = 0;
        loop {
            // Read before the queue is, so that everything sent before the closing is found.
            let closed = self.tally.closed.load(Acquire);
            self.report_drops();
            let found = self.drain();
            match found {
                Found::End => return,
                Found::Nothing if closed => return self.stop(),
                Found::Nothing => quiet += 1,
                Found::Batches => quiet = 0,
            }
            if quiet < IDLE_NAPS {
                thread::sleep(NAP);
            } else if self.sleep() == Found::Batches {
                quiet = 0;
            }
        }
    }

    /// Takes what is in the queue, at most as much as it can hold, and writes it.
    fn drain(&mut self) -> Found {
        let mut found = Found::Nothing;
        for _ in 0..QUEUE_BATCHES {
            match self.batches.try_recv() {
                Ok(batch) => self.take(batch),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    found = Found::End;
                    break;
                }
            }
            found = Found::Batches;
        }
        self.write();
        found
    }

    /// Waits in the queue; with drops to report, not longer than until the next attempt.
    fn sleep(&mut self) -> Found {
        let batch = if self.reported < self.tally.dropped.load(Relaxed) {
            self.batches.recv_timeout(RETRY)
        } else {
            self.batches.recv().map_err(RecvTimeoutError::from)
        };
        match batch {
            Ok(batch) => {
                self.take(batch);
                self.write();
                Found::Batches
            }
            Err(RecvTimeoutError::Timeout) => Found::Nothing,
            Err(RecvTimeoutError::Disconnected) => Found::End,
        }
    }

    /// Renders a batch, or drops it while the disk fails.
    fn take(&mut self, batch: Box<Batch>) {
        self.tally.queued.fetch_sub(batch.frames.capacity(), Relaxed);
        if self.retry_at.is_some() {
            self.lose(u64::from(batch.events));
        } else {
            for frame in frames(&batch.frames) {
                self.renderer.frame(&mut self.chunk, &batch.source, &frame);
            }
        }
        if self.chunk.len() >= CHUNK_BYTES {
            self.write();
        }
        self.recycle(batch);
    }

    fn recycle(&mut self, mut batch: Box<Batch>) {
        if batch.frames.capacity() <= MAX_SPARE_BYTES {
            batch.frames.clear();
            batch.events = 0;
            // When enough batches wait, this one is freed.
            let _ = self.used.try_send(batch);
        }
    }

    fn write(&mut self) {
        let lost = append(&mut self.file, &self.chunk, &mut self.retry_at);
        self.lose(lost);
        self.chunk.clear();
        self.chunk.shrink_to(MAX_CHUNK_BYTES);
    }

    /// Journals the drops since the last report. While the disk fails, this is the attempt to write to it again.
    fn report_drops(&mut self) {
        let total = self.tally.dropped.load(Relaxed);
        if total == self.reported || self.retry_at.is_some_and(|at| Instant::now() < at) {
            return;
        }
        let mut line = Vec::new();
        self.renderer.event(&mut line, &Event::Dropped { count: total - self.reported, total });
        if append(&mut self.file, &line, &mut self.retry_at) == 0 {
            self.reported = total;
            self.retry_at = None;
        }
    }

    fn stop(mut self) {
        // A last attempt, whenever the next was due.
        self.retry_at = self.retry_at.map(|_| Instant::now());
        self.report_drops();
        self.renderer.event(&mut self.chunk, &Event::Stopped);
        self.write();
    }

    fn lose(&self, events: u64) {
        self.tally.dropped.fetch_add(events, Relaxed);
    }
}

/// Appends lines and gives the number of those that are lost; after a failure sets when to try again.
fn append(file: &mut RotatingFile, lines: &[u8], retry_at: &mut Option<Instant>) -> u64 {
    match file.append(lines) {
        Ok(oversized) => oversized,
        Err(failed) => {
            if retry_at.is_none() {
                tracing::warn!(journal = %file.path().display(), error = %failed.error, "journal events are dropped");
            }
            *retry_at = Some(Instant::now() + RETRY);
            failed.lost
        }
    }
}
