use hdrhistogram::Histogram;

use super::{clock::Window, counts::Precise, fault::Fault, seconds::Seconds};
use crate::result::{ConnectionCounts, Faults};

/// How many of the slowest requests are kept.
const SLOWEST: usize = 10;
/// How many wrong replies are kept, and how many bytes of each.
const KEPT: (usize, usize) = (5, 200);

/// Which numbers a request goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counting {
    /// None: before or after the window.
    Unmeasured,
    /// Latency: its intended start lies in the window.
    Measured,
}

/// The times of one request that was answered, in nanoseconds after the run's epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) intended_ns: u64,
    pub(crate) seen_ns: u64,
    pub(crate) written_ns: u64,
    pub(crate) done_ns: u64,
    pub(crate) connection: u32,
    pub(crate) in_flight: u32,
}

/// One of the slowest requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlowRequest {
    pub(crate) latency_ns: u64,
    pub(crate) intended_ns: u64,
    pub(crate) connection: u32,
    /// Requests of this worker that were in flight when this one was written, itself included.
    pub(crate) in_flight: u32,
}

/// An update that was told within the window, to be found again where it is passed on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SentUpdate {
    /// The client's number.
    pub(crate) client: u32,
    /// The client's time, in nanoseconds since 1970.
    pub(crate) stamp_ns: u64,
    /// The intended start, in nanoseconds after the run's epoch.
    pub(crate) intended_ns: u64,
}

/// What is told apart of the times of requests and connections; `T` holds each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times<T> {
    /// Latency from the intended start, from when the generator saw it due, and from its writing.
    pub(crate) intended: T,
    pub(crate) seen: T,
    pub(crate) written: T,
    /// Ages of measured requests that failed.
    pub(crate) censored: T,
    /// Intended start until seen, and seen until written.
    pub(crate) wake_lag: T,
    pub(crate) connection_wait: T,
    pub(crate) connect: T,
    pub(crate) first_reply: T,
}

impl Times<Precise> {
    /// Adds what another worker has counted.
    pub(crate) fn add(&mut self, other: &Self) {
        self.intended.add(&other.intended);
        self.seen.add(&other.seen);
        self.written.add(&other.written);
        self.censored.add(&other.censored);
        self.wake_lag.add(&other.wake_lag);
        self.connection_wait.add(&other.connection_wait);
        self.connect.add(&other.connect);
        self.first_reply.add(&other.first_reply);
    }

    /// All of it as histograms.
    pub(crate) fn whole(&self) -> Times<Histogram<u64>> {
        Times {
            intended: self.intended.whole(),
            seen: self.seen.whole(),
            written: self.written.whole(),
            censored: self.censored.whole(),
            wake_lag: self.wake_lag.whole(),
            connection_wait: self.connection_wait.whole(),
            connect: self.connect.whole(),
            first_reply: self.first_reply.whole(),
        }
    }
}

/// Everything one worker has measured. Two tallies merge without loss.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) times: Times<Precise>,
    pub(crate) faults: Faults,
    pub(crate) links: ConnectionCounts,
    /// Arrivals intended within the window, those of them seen within it, and those written within it.
    pub(crate) due: u64,
    pub(crate) seen_in_time: u64,
    pub(crate) written_in_time: u64,
    /// Right replies within the window, whenever asked.
    pub(crate) completed: u64,
    /// Right replies from the first connection on.
    pub(crate) replies: u64,
    pub(crate) bytes_in: u64,
    pub(crate) slowest: Vec<SlowRequest>,
    pub(crate) kept: Vec<String>,
    pub(crate) seconds: Seconds,
    /// All updates of the window, where there is a fake peer.
    pub(crate) sent_updates: Vec<SentUpdate>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            times: Times::default(),
            faults: Faults::default(),
            links: ConnectionCounts::default(),
            due: 0,
            seen_in_time: 0,
            written_in_time: 0,
            completed: 0,
            replies: 0,
            bytes_in: 0,
            slowest: Vec::with_capacity(SLOWEST + 1),
            kept: Vec::new(),
            seconds: Seconds::default(),
            sent_updates: Vec::new(),
        }
    }

    /// Records a measured request when it is seen to be due.
    pub(crate) fn due(&mut self, window: Window, intended_ns: u64, seen_ns: u64) {
        self.due += 1;
        self.seen_in_time += u64::from(window.holds(seen_ns));
        self.times.wake_lag.record(seen_ns - intended_ns);
        self.seconds.due(window.passed_ns(intended_ns));
    }

    /// Records a measured request when it is written; says how long it waited for its connection.
    pub(crate) fn written(&mut self, window: Window, seen_ns: u64, written_ns: u64) -> u64 {
        let wait_ns = written_ns.saturating_sub(seen_ns);
        self.written_in_time += u64::from(window.holds(written_ns));
        self.times.connection_wait.record(wait_ns);
        wait_ns
    }

    /// Records a right reply to the load, measured or not.
    pub(crate) fn replied(&mut self, window: Window, done_ns: u64) {
        if window.holds(done_ns) {
            self.completed += 1;
            self.seconds.completed(window.passed_ns(done_ns));
        }
    }

    /// Records a measured request that was answered rightly. Allocates nothing, but once a second.
    pub(crate) fn record(&mut self, window: Window, sample: &Sample) {
        let latency_ns = sample.done_ns.saturating_sub(sample.intended_ns);
        self.times.intended.record(latency_ns);
        self.times.seen.record(sample.done_ns.saturating_sub(sample.seen_ns));
        self.times.written.record(sample.done_ns.saturating_sub(sample.written_ns));
        self.seconds.latency(window.passed_ns(sample.intended_ns), latency_ns);
        if self.slowest.len() < SLOWEST || self.slowest.last().is_some_and(|last| latency_ns > last.latency_ns) {
            self.keep_slow(sample, latency_ns);
        }
    }

    fn keep_slow(&mut self, sample: &Sample, latency_ns: u64) {
        let Sample { intended_ns, connection, in_flight, .. } = *sample;
        let at = self.slowest.partition_point(|slow| slow.latency_ns >= latency_ns);
        self.slowest.insert(at, SlowRequest { latency_ns, intended_ns, connection, in_flight });
        self.slowest.truncate(SLOWEST);
    }

    /// Records a measured request that failed at this age, at this time.
    pub(crate) fn fail(&mut self, window: Window, fault: Fault, age_ns: u64, now_ns: u64) {
        self.faults.count(fault);
        self.times.censored.record(age_ns);
        let at_ns = now_ns.min(window.end_ns.saturating_sub(1));
        self.seconds.failed(window.passed_ns(at_ns));
    }

    /// Keeps the first few replies that were wrong, with why.
    pub(crate) fn keep(&mut self, why: &str, reply: &[u8]) {
        if self.kept.len() < KEPT.0 {
            let text = crate::check::escaped(&reply[..reply.len().min(KEPT.1)]);
            self.kept.push(format!("{why}: {text}"));
        }
    }

    /// Takes in what another worker has measured.
    pub(crate) fn add(&mut self, other: &Self) {
        self.times.add(&other.times);
        self.faults.add(&other.faults);
        self.links.add(&other.links);
        self.due += other.due;
        self.seen_in_time += other.seen_in_time;
        self.written_in_time += other.written_in_time;
        self.completed += other.completed;
        self.replies += other.replies;
        self.bytes_in += other.bytes_in;
        self.slowest.extend(&other.slowest);
        self.slowest.sort_by_key(|slow| std::cmp::Reverse(slow.latency_ns));
        self.slowest.truncate(SLOWEST);
        self.kept.extend(other.kept.iter().cloned());
        self.kept.truncate(KEPT.0);
        self.seconds.add(&other.seconds);
        self.sent_updates.extend(&other.sent_updates);
    }
}

/// What a worker records of its requests, for the bench of what that costs. Hidden, as it is no way to measure anything.
#[derive(Debug)]
pub struct Recording {
    tally: Tally,
    window: Window,
}

impl Default for Recording {
    fn default() -> Self {
        Self { tally: Tally::new(), window: Window { start_ns: 0, end_ns: u64::MAX, earlier_ns: 0 } }
    }
}

impl Recording {
    /// Records all that is recorded of one request that is answered: that it is due, written, and done. In nanoseconds.
    pub fn request(&mut self, intended_ns: u64, seen_ns: u64, written_ns: u64, done_ns: u64) {
        self.tally.due(self.window, intended_ns, seen_ns);
        self.tally.written(self.window, seen_ns, written_ns);
        self.tally.replied(self.window, done_ns);
        let sample = Sample { intended_ns, seen_ns, written_ns, done_ns, connection: 0, in_flight: 1 };
        self.tally.record(self.window, &sample);
    }

    /// How many were recorded.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.tally.due
    }
}
