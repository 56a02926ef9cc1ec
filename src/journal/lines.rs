use std::{sync::Arc, time::SystemTime};

use super::{
    frame::{Batch, Kind, Source},
    queue::Shared,
};

/// Lines are handed over when they take this much, so that a batch stays small beside the queue's limit.
const FLUSH_BYTES: usize = 16 << 10;

/// Collects the lines of one connection or link and hands them to the journal at each flush.
///
/// An engine notes lines as it moves them and flushes once for each batch of replies that it sends. Without a journal
/// of mode `full` every call is a branch. What was noted is flushed on drop.
#[derive(Debug)]
pub struct Lines {
    shared: Option<Arc<Shared>>,
    source: Source,
    /// What was noted since the last flush; an idle connection holds no buffer.
    batch: Option<Box<Batch>>,
}

/// Why a peer's line was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It breaks the grammar of a record.
    Malformed,
    /// It is longer than a peer line may be; only its beginning is journalled.
    TooLong,
}

impl Lines {
    pub(super) fn new(shared: Option<Arc<Shared>>, source: Source) -> Self {
        Self { shared, source, batch: None }
    }

    /// Notes a line that came in, without its terminator.
    pub fn received(&mut self, at: SystemTime, line: &[u8]) {
        self.note(Kind::In, at, line);
    }

    /// Notes one line or one whole reply that goes out, with or without its LF.
    pub fn sent(&mut self, at: SystemTime, reply: &[u8]) {
        self.note(Kind::Out, at, reply);
    }

    /// Notes each of these lines, which go out together.
    pub fn sent_lines(&mut self, at: SystemTime, lines: &[u8]) {
        if self.shared.is_some() {
            lines.split_inclusive(|byte| *byte == b'\n').for_each(|line| self.sent(at, line));
        }
    }

    /// Notes a peer's line that was skipped, or the beginning of it that was kept.
    pub fn skipped(&mut self, at: SystemTime, line: &[u8], why: Skip) {
        let kind = match why {
            Skip::Malformed => Kind::Malformed,
            Skip::TooLong => Kind::TooLong,
        };
        self.note(kind, at, line);
    }

    /// Hands everything noted to the journal, which never blocks.
    pub fn flush(&mut self) {
        if let Some(shared) = &self.shared
            && let Some(batch) = self.batch.take()
        {
            shared.submit(batch);
        }
    }

    fn note(&mut self, kind: Kind, at: SystemTime, bytes: &[u8]) {
        let Some(shared) = &self.shared else { return };
        let batch = self.batch.get_or_insert_with(|| shared.batch(self.source.clone()));
        batch.push(kind, at, bytes);
        if batch.frames.len() >= FLUSH_BYTES {
            self.flush();
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_nobody_hold_nothing() {
        let mut lines = Lines::new(None, Source::Client(1));
        lines.received(SystemTime::now(), b"IAMAT");
        assert!(lines.batch.is_none());
    }
}
