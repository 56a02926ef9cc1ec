use std::{
    io::{self, ErrorKind},
    sync::{Arc, atomic::Ordering::Release},
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::{
    file::RotatingFile,
    frame::{Batch, Source},
    queue::{QUEUE_BATCHES, Shared, Tally},
    worker::Worker,
};
use crate::{config::JournalSettings, protocol::Name};

/// Batches that wait to be used again: those of several naps, commonly 1 MiB in all.
const SPARE_BATCHES: usize = 4096;

/// The journal's thread, to be finished when the server ends.
///
/// When it is dropped instead, the thread ends with the last [`super::Journal`], and no `stopped` is written.
#[must_use = "a journal is complete only once its writer has finished"]
#[derive(Debug)]
pub struct Writer {
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
    /// Disconnects when the thread ends.
    ended: Receiver<()>,
}

/// Starts the thread on the opened file.
pub(super) fn start(name: &Name, settings: &JournalSettings) -> io::Result<(Arc<Shared>, Writer)> {
    let file = RotatingFile::open(&settings.dir, name, settings.max_bytes)?;
    let tally = Arc::new(Tally::default());
    let (queue, batches) = bounded(QUEUE_BATCHES);
    let (used, spare) = bounded(SPARE_BATCHES);
    let (alive, ended) = bounded(0);
    let worker = Worker::new(file, batches, used, Arc::clone(&tally));
    let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || {
        worker.run();
        drop(alive);
    })?;
    let shared = Arc::new(Shared { queue, spare, tally });
    let running = Running { shared: Arc::clone(&shared), thread, ended };
    Ok((shared, Writer { running: Some(running) }))
}

impl Writer {
    /// A writer without a thread, for a journal that writes nothing.
    pub(super) fn idle() -> Self {
        Self { running: None }
    }

    /// Closes the queue, writes what is in it and `stopped`, and joins the thread; blocks for at most `deadline`.
    /// Events that come later are dropped. Fails with `TimedOut` when the disk did not take everything in time.
    pub fn finish(self, deadline: Duration) -> io::Result<()> {
        let Some(Running { shared, thread, ended }) = self.running else { return Ok(()) };
        shared.tally.closed.store(true, Release);
        // Wakes a writer that sleeps in the queue; one whose queue is full is awake. No capacity, so none is counted.
        let _ = shared.queue.try_send(Box::new(Batch { source: Source::Server, frames: Vec::new(), events: 0 }));
        if ended.recv_timeout(deadline) == Err(RecvTimeoutError::Timeout) {
            return Err(io::Error::new(ErrorKind::TimedOut, "the journal's disk does not keep up"));
        }
        thread.join().map_err(|_| io::Error::other("the journal's thread panicked"))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::Path,
        time::{Instant, SystemTime},
    };

    use serde_json::Value;

    use super::*;
    use crate::{
        config::JournalMode,
        journal::{
            Event, Journal,
            worker::{IDLE_NAPS, NAP},
        },
        metrics::Direction,
    };

    const DEADLINE: Duration = Duration::from_secs(20);

    fn start_journal(dir: &Path, mode: JournalMode) -> (Journal, Writer) {
        let settings = JournalSettings { mode, dir: dir.to_owned(), max_bytes: 1 << 30 };
        Journal::start(&"Hands".parse().unwrap(), &settings).unwrap()
    }

    fn events(dir: &Path) -> Vec<Value> {
        let text = fs::read_to_string(dir.join("Hands.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn names(events: &[Value]) -> Vec<&str> {
        events.iter().map(|event| event["event"].as_str().unwrap()).collect()
    }

    fn wait_for(what: &str, condition: impl Fn() -> bool) {
        let end = Instant::now() + DEADLINE;
        while !condition() {
            assert!(Instant::now() < end, "no {what} in time");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// One of everything.
    fn converse(journal: &Journal) {
        let address = "127.0.0.1:12000".parse().unwrap();
        let hands = "Hands".parse().unwrap();
        journal.record(&Event::ClientGained { conn: 1, address });
        let mut client = journal.client_lines(1);
        client.received(SystemTime::now(), b"IAMAT");
        client.sent(SystemTime::now(), b"? IAMAT\n");
        client.flush();
        journal.record(&Event::LinkGained { peer: "Hands", direction: Direction::Out, address });
        journal.link_lines(&hands, Direction::Out).sent(SystemTime::now(), b"SYNC 1\n");
        journal.record(&Event::Overflow { peer: "Hands" });
        journal.record(&Event::ClientLost { conn: 1, address, reason: "end of input" });
        journal.record(&Event::Draining);
    }

    #[test]
    fn full_writes_everything_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, writer) = start_journal(dir.path(), JournalMode::Full);
        converse(&journal);
        writer.finish(DEADLINE).unwrap();
        let events = events(dir.path());
        assert_eq!(
            names(&events),
            "client_gained line_in line_out link_gained peer_out overflow client_lost draining stopped"
                .split(' ')
                .collect::<Vec<_>>()
        );
        for (event, seq) in events.iter().zip(1..) {
            assert_eq!(event["seq"], seq);
            assert!(event["time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        }
        assert_eq!(journal.dropped(), 0);
    }

    #[test]
    fn connections_leaves_lines_out() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, writer) = start_journal(dir.path(), JournalMode::Connections);
        converse(&journal);
        writer.finish(DEADLINE).unwrap();
        assert_eq!(names(&events(dir.path())), ["client_gained", "link_gained", "client_lost", "draining", "stopped"]);
    }

    #[test]
    fn nothing_is_lost_between_many_senders() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, writer) = start_journal(dir.path(), JournalMode::Full);
        thread::scope(|scope| {
            for conn in 0..8 {
                let mut lines = journal.client_lines(conn);
                scope.spawn(move || {
                    for n in 0..500 {
                        lines.received(SystemTime::now(), format!("{n}").as_bytes());
                        lines.flush();
                    }
                });
            }
        });
        writer.finish(DEADLINE).unwrap();
        let events = events(dir.path());
        for conn in 0..8 {
            let lines = events.iter().filter(|e| e["conn"] == conn).map(|e| e["line"].as_str().unwrap().to_owned());
            assert!(lines.eq((0..500).map(|n: u32| n.to_string())), "connection {conn}");
        }
        assert_eq!((events.len(), journal.dropped()), (4001, 0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_drops_counts_and_tells_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Hands.jsonl");
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        let (journal, writer) = start_journal(dir.path(), JournalMode::Full);
        journal.record(&Event::Draining);
        wait_for("drop", || journal.dropped() == 1);
        journal.client_lines(1).received(SystemTime::now(), b"while it fails");
        wait_for("second drop", || journal.dropped() == 2);
        fs::remove_file(&path).unwrap();
        wait_for("report", || path.exists() && !events(dir.path()).is_empty());
        journal.client_lines(1).received(SystemTime::now(), b"after");
        writer.finish(DEADLINE).unwrap();
        let events = events(dir.path());
        assert_eq!(names(&events), ["dropped", "line_in", "stopped"]);
        assert_eq!((&events[0]["count"], &events[0]["total"]), (&2.into(), &2.into()));
    }

    #[test]
    fn an_idle_writer_sleeps_and_still_finishes() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, writer) = start_journal(dir.path(), JournalMode::Full);
        thread::sleep(NAP * (IDLE_NAPS + 100));
        journal.record(&Event::Draining);
        wait_for("event", || events(dir.path()).len() == 1);
        writer.finish(DEADLINE).unwrap();
        assert_eq!(names(&events(dir.path())), ["draining", "stopped"]);
    }

    #[test]
    fn a_dropped_writer_ends_with_the_last_handle() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, mut writer) = start_journal(dir.path(), JournalMode::Full);
        let thread = writer.running.take().unwrap().thread;
        journal.record(&Event::Draining);
        drop(journal);
        thread.join().unwrap();
        assert_eq!(names(&events(dir.path())), ["draining"]);
    }
}
