use std::{
    io,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::SystemTime,
};

use super::{
    Event, Lines, Writer,
    frame::{Kind, Source},
    queue::Shared,
    writer,
};
use crate::{
    config::{JournalMode, JournalSettings},
    metrics::Direction,
    protocol::Name,
};

/// A cheap handle on the journal, for whoever has something to write down. No call blocks.
#[derive(Clone, Debug)]
pub struct Journal {
    mode: JournalMode,
    shared: Option<Arc<Shared>>,
}

impl Journal {
    /// Starts the journal of a server: creates the directory, opens `NAME.jsonl` there to append to it, and starts the
    /// writer's thread. With mode `off` it does none of that. Fails when the file cannot be opened.
    pub fn start(name: &Name, settings: &JournalSettings) -> io::Result<(Self, Writer)> {
        if settings.mode == JournalMode::Off {
            return Ok((Self::off(), Writer::idle()));
        }
        let (shared, writer) = writer::start(name, settings)?;
        Ok((Self { mode: settings.mode, shared: Some(shared) }, writer))
    }

    /// A journal that writes nothing.
    #[must_use]
    pub fn off() -> Self {
        Self { mode: JournalMode::Off, shared: None }
    }

    /// How much is written down.
    #[must_use]
    pub fn mode(&self) -> JournalMode {
        self.mode
    }

    /// Whether lines are written down, so that an engine may skip preparing them.
    #[must_use]
    pub fn wants_lines(&self) -> bool {
        self.mode == JournalMode::Full
    }

    /// Events lost since the start, to a full queue or a failing disk.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.as_ref().map_or(0, |shared| shared.tally.dropped.load(Relaxed))
    }

    /// Writes an event down, if the mode has it, with the time of this call.
    pub fn record(&self, event: &Event<'_>) {
        if let Some(shared) = &self.shared
            && event.is_wanted(self.mode)
        {
            // An event is made of strings and numbers, so that it always has a JSON form.
            let json = serde_json::to_vec(event).unwrap_or_default();
            let mut batch = shared.batch(Source::Server);
            batch.push(Kind::Event, SystemTime::now(), &json);
            shared.submit(batch);
        }
    }

    /// For the lines of client connection `conn`.
    #[must_use]
    pub fn client_lines(&self, conn: u64) -> Lines {
        Lines::new(self.shared_for_lines(), Source::Client(conn))
    }

    /// For the lines of a link.
    #[must_use]
    pub fn link_lines(&self, peer: &Name, direction: Direction) -> Lines {
        Lines::new(self.shared_for_lines(), Source::link(peer, direction))
    }

    fn shared_for_lines(&self) -> Option<Arc<Shared>> {
        if self.wants_lines() { self.shared.clone() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Receiver, bounded};

    use super::{
        super::{
            frame::Batch,
            queue::{QUEUE_BATCHES, QUEUE_BYTES},
        },
        *,
    };

    /// Handles of a writer that takes nothing.
    fn stuck(batches: usize) -> (Journal, Receiver<Box<Batch>>) {
        let (queue, taken) = bounded(batches);
        let shared = Shared { queue, spare: bounded(1).1, tally: Arc::default() };
        (Journal { mode: JournalMode::Full, shared: Some(Arc::new(shared)) }, taken)
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let (journal, taken) = stuck(1);
        let mut lines = journal.client_lines(1);
        for _ in 0..2 {
            lines.received(SystemTime::now(), b"IAMAT");
            lines.sent(SystemTime::now(), b"? IAMAT");
            lines.flush();
        }
        journal.record(&Event::Draining);
        assert_eq!((taken.len(), journal.dropped()), (1, 3));
    }

    #[test]
    fn bytes_are_bounded_too() {
        let (journal, taken) = stuck(QUEUE_BATCHES);
        let mut lines = journal.client_lines(1);
        for _ in 0..80 {
            lines.sent(SystemTime::now(), &vec![b'x'; 1 << 20]);
        }
        assert!(journal.dropped() > 0);
        assert_eq!(taken.len() as u64 + journal.dropped(), 80);
        assert!(taken.iter().take(taken.len()).map(|m| m.frames.capacity()).sum::<usize>() <= QUEUE_BYTES);
    }

    #[test]
    fn a_closed_journal_takes_nothing() {
        let (journal, taken) = stuck(8);
        journal.shared.as_ref().unwrap().tally.closed.store(true, Relaxed);
        journal.record(&Event::Draining);
        assert_eq!((taken.len(), journal.dropped()), (0, 1));
    }

    #[test]
    fn an_idle_connection_holds_no_buffer_and_a_dropped_one_flushes() {
        let (journal, taken) = stuck(8);
        let mut lines = journal.client_lines(1);
        lines.received(SystemTime::now(), b"IAMAT");
        lines.flush();
        lines.flush();
        assert_eq!(taken.len(), 1);
        lines.received(SystemTime::now(), b"IAMAT");
        drop(lines);
        assert_eq!(taken.len(), 2);
    }

    #[test]
    fn mode_off_creates_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        let settings = JournalSettings { mode: JournalMode::Off, dir: missing.clone(), max_bytes: 0 };
        let (journal, writer) = Journal::start(&"Hands".parse().unwrap(), &settings).unwrap();
        journal.record(&Event::Draining);
        journal.client_lines(1).received(SystemTime::now(), b"IAMAT");
        writer.finish(std::time::Duration::ZERO).unwrap();
        assert!(!journal.wants_lines() && !missing.exists());
    }
}
