use std::{
    fmt, io, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

use super::tracker::{Tracker, contain};
use crate::{config::Limits, metrics::ThreadMetrics};

type Task = Box<dyn FnOnce() + Send>;

/// Threads for clients: each has one of its own as long as it lives, and the thread then waits for the next client.
///
/// The thread that waited last is taken first: its stack is in the processor's cache, and those that nobody needs any more
/// reach their idle limit. So does Java's cached pool; `MySQL` has its `thread_cache_size`.
#[derive(Clone, Debug)]
pub(super) struct ThreadCache(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    tracker: Tracker,
    idle: Mutex<Idle>,
    max_idle: usize,
    patience: Duration,
    metrics: Arc<ThreadMetrics>,
}

#[derive(Debug, Default)]
struct Idle {
    /// Whoever takes a place off this list hands its thread a task.
    places: Vec<Arc<Place>>,
    /// The server ends, and nobody waits any more.
    closed: bool,
}

/// Where a thread waits for its next task.
#[derive(Debug, Default)]
struct Place {
    next: Mutex<Next>,
    came: Condvar,
}

/// What a thread that waits is told.
#[derive(Default)]
enum Next {
    #[default]
    Unknown,
    Task(Task),
    End,
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "Unknown",
            Self::Task(_) => "Task",
            Self::End => "End",
        })
    }
}

impl ThreadCache {
    pub(super) fn new(tracker: Tracker, limits: &Limits, metrics: Arc<ThreadMetrics>) -> Self {
        let (max_idle, patience) = (limits.thread_cache, limits.thread_cache_idle);
        Self(Arc::new(Shared { tracker, idle: Mutex::default(), max_idle, patience, metrics }))
    }

    /// Hands a task to a thread that waits, or to a new one, or says that the system has none left; then `task` is dropped.
    pub(super) fn run(&self, task: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let waiting = {
            let mut idle = self.0.idle.lock();
            let waiting = idle.places.pop();
            self.0.metrics.cached(idle.places.len());
            waiting
        };
        if let Some(place) = waiting {
            place.hand_over(Next::Task(Box::new(task)));
            self.0.metrics.reused();
            return Ok(());
        }
        let shared = Arc::clone(&self.0);
        self.0.tracker.spawn("client".to_owned(), move || shared.work(task))?;
        self.0.metrics.started();
        Ok(())
    }

    /// Ends the threads that wait, at once, and those that are busy when their client has gone.
    pub(super) fn close(&self) {
        let places = {
            let mut idle = self.0.idle.lock();
            idle.closed = true;
            self.0.metrics.cached(0);
            mem::take(&mut idle.places)
        };
        for place in places {
            place.hand_over(Next::End);
        }
    }
}

impl Shared {
    /// What a thread does: its first task, and those that it is handed later.
    fn work(&self, first: impl FnOnce()) {
        contain(first);
        let place = Arc::default();
        while let Some(task) = self.wait(&place) {
            contain(task);
        }
    }

    /// Waits for the next task; `None` when the thread is to end.
    fn wait(&self, place: &Arc<Place>) -> Option<Task> {
        {
            let mut idle = self.idle.lock();
            if idle.closed || idle.places.len() >= self.max_idle {
                return None;
            }
            idle.places.push(Arc::clone(place));
            self.metrics.cached(idle.places.len());
        }
        place.wait(Some(Instant::now() + self.patience));
        if self.leave(place) {
            return None;
        }
        // Off the list: what it is to do has come, or comes now.
        place.wait(None);
        let next = mem::take(&mut *place.next.lock());
        match next {
            Next::Task(task) => Some(task),
            Next::Unknown | Next::End => None,
        }
    }

    /// Takes a thread off the list, unless somebody else has.
    fn leave(&self, place: &Arc<Place>) -> bool {
        let mut idle = self.idle.lock();
        let found = idle.places.iter().rposition(|waiting| Arc::ptr_eq(waiting, place));
        if let Some(index) = found {
            idle.places.remove(index);
            self.metrics.cached(idle.places.len());
        }
        found.is_some()
    }
}

impl Place {
    fn hand_over(&self, what: Next) {
        *self.next.lock() = what;
        self.came.notify_one();
    }

    /// Waits until something was handed over, or a moment.
    fn wait(&self, until: Option<Instant>) {
        let mut next = self.next.lock();
        while matches!(*next, Next::Unknown) {
            match until {
                Some(until) if self.came.wait_until(&mut next, until).timed_out() => return,
                Some(_) => {}
                None => self.came.wait(&mut next),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{self, ThreadId};

    use crossbeam_channel::{Receiver, bounded};

    use super::*;
    use crate::metrics::{Build, Metrics};

    const PATIENCE: Duration = Duration::from_secs(20);

    struct Fixture {
        cache: ThreadCache,
        tracker: Tracker,
        metrics: Metrics,
    }

    impl Fixture {
        fn new(thread_cache: usize, thread_cache_idle: Duration) -> Self {
            let metrics = Metrics::new(Build { name: "A", version: "1", engine: "threads" }, []);
            let (tracker, limits) =
                (Tracker::default(), Limits { thread_cache, thread_cache_idle, ..Limits::default() });
            let cache = ThreadCache::new(tracker.clone(), &limits, Arc::clone(metrics.threads()));
            Self { cache, tracker, metrics }
        }

        /// Runs a task that says on which thread, and ends when it is told to, by a panic where that is told.
        fn task(&self) -> (ThreadId, crossbeam_channel::Sender<bool>) {
            let (say, said) = bounded(1);
            let (end, ends): (_, Receiver<bool>) = bounded(1);
            let task = move || {
                say.send(thread::current().id()).unwrap();
                assert!(!ends.recv().unwrap(), "this panic is part of the test");
            };
            self.cache.run(task).unwrap();
            (said.recv_timeout(PATIENCE).unwrap(), end)
        }

        fn waiting(&self) -> usize {
            self.cache.0.idle.lock().places.len()
        }

        fn running(&self) -> usize {
            self.tracker.wait(Instant::now())
        }

        fn counts(&self, line: &str) -> bool {
            let mut page = String::new();
            self.metrics.render(&mut page);
            page.lines().any(|counted| counted == line)
        }
    }

    fn eventually(holds: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < deadline, "not in {PATIENCE:?}");
            thread::yield_now();
        }
    }

    #[test]
    fn a_thread_serves_one_client_after_another_also_after_a_panic() {
        let fixture = Fixture::new(1, PATIENCE);
        let (first, mut end) = fixture.task();
        for panics in [false, true, false] {
            end.send(panics).unwrap();
            eventually(|| fixture.waiting() == 1);
            let (next, its_end) = fixture.task();
            assert_eq!(next, first);
            end = its_end;
        }
        for line in ["threads_started_total 1", "threads_reused_total 3", "threads_cached 0"] {
            assert!(fixture.counts(&format!("herd_client_{line}")), "{line}");
        }
        end.send(false).unwrap();
    }

    #[test]
    fn no_more_threads_wait_than_may() {
        for most in [0, 2] {
            let fixture = Fixture::new(most, PATIENCE);
            let (threads, ends): (std::collections::HashSet<_>, Vec<_>) = (0..4).map(|_| fixture.task()).unzip();
            assert_eq!(threads.len(), 4, "clients at once have a thread each");
            assert_eq!(fixture.running(), 4);
            for end in ends {
                end.send(false).unwrap();
            }
            eventually(|| (fixture.running(), fixture.waiting()) == (most, most));
            assert!(fixture.counts(&format!("herd_client_threads_cached {most}")));
        }
    }

    #[test]
    fn a_thread_that_nobody_needs_ends() {
        let fixture = Fixture::new(8, Duration::from_millis(1));
        for _ in 0..2 {
            fixture.task().1.send(false).unwrap();
            eventually(|| fixture.running() == 0);
        }
        assert!(fixture.counts("herd_client_threads_cached 0"));
    }

    /// Whoever leaves the list just when a client comes for him serves that client.
    #[test]
    fn no_client_is_lost_between_two_threads() {
        let fixture = Fixture::new(8, Duration::from_nanos(1));
        for _ in 0..1000 {
            fixture.task().1.send(false).unwrap();
        }
        eventually(|| fixture.running() == 0);
    }

    #[test]
    fn a_drain_ends_threads_that_wait_at_once_and_others_after_their_client() {
        let fixture = Fixture::new(8, PATIENCE);
        let [(_, waits), (_, busy)] = [(); 2].map(|()| fixture.task());
        waits.send(false).unwrap();
        eventually(|| fixture.waiting() == 1);
        fixture.cache.close();
        eventually(|| fixture.running() == 1);
        busy.send(false).unwrap();
        eventually(|| fixture.running() == 0);
    }
}
