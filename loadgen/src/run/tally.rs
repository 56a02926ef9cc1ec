use hdrhistogram::Histogram;

use super::{
    fault::{Fault, Faults, Links},
    seconds::Seconds,
};

/// Significant digits of every histogram (METHOD 1.5).
const DIGITS: u8 = 3;
/// The longest time that is told apart, in nanoseconds: an hour.
pub(super) const LONGEST_NS: u64 = 3_600_000_000_000;
/// How many of the slowest requests are kept.
const SLOWEST: usize = 10;
/// How many wrong replies are kept, and how many bytes of each.
const KEPT: (usize, usize) = (5, 200);

/// A histogram of nanoseconds.
pub(super) fn histogram() -> Histogram<u64> {
    // An hour and three digits are within what the crate can hold; only other bounds make it fail.
    Histogram::new_with_max(LONGEST_NS, DIGITS).unwrap_or_else(|_| unreachable!("constant bounds that are valid"))
}

/// Which numbers a request goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    /// None: before or after the window.
    Aside,
    /// Latency: its intended start lies in the window.
    Measured,
}

/// The times of one request that was answered, in nanoseconds after the run's epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) intended_ns: u64,
    pub(super) seen_ns: u64,
    pub(super) written_ns: u64,
    pub(super) done_ns: u64,
    pub(super) connection: u32,
    pub(super) in_flight: u32,
}

/// One of the slowest requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slow {
    pub(super) latency_ns: u64,
    pub(super) intended_ns: u64,
    pub(super) connection: u32,
    /// Requests of this worker that were in flight when this one was written, itself included.
    pub(super) in_flight: u32,
}

/// Everything one worker has measured. Two tallies merge without loss.
#[derive(Debug)]
pub(super) struct Tally {
    /// Latency from the intended start, from when the generator saw it due, and from its writing.
    pub(super) intended: Histogram<u64>,
    pub(super) seen: Histogram<u64>,
    pub(super) written: Histogram<u64>,
    /// Ages of measured requests that failed.
    pub(super) censored: Histogram<u64>,
    /// Intended start until seen, and seen until written.
    pub(super) wake_lag: Histogram<u64>,
    pub(super) connection_wait: Histogram<u64>,
    pub(super) connect: Histogram<u64>,
    pub(super) first_reply: Histogram<u64>,
    pub(super) faults: Faults,
    pub(super) links: Links,
    /// Arrivals intended within the window, those of them seen within it, and those written within it.
    pub(super) due: u64,
    pub(super) seen_in_time: u64,
    pub(super) written_in_time: u64,
    /// Right replies within the window, whenever asked.
    pub(super) completed: u64,
    /// Right replies from the first connection on.
    pub(super) replies: u64,
    pub(super) bytes_in: u64,
    pub(super) slowest: Vec<Slow>,
    pub(super) kept: Vec<String>,
    pub(super) seconds: Seconds,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            intended: histogram(),
            seen: histogram(),
            written: histogram(),
            censored: histogram(),
            wake_lag: histogram(),
            connection_wait: histogram(),
            connect: histogram(),
            first_reply: histogram(),
            faults: Faults::default(),
            links: Links::default(),
            due: 0,
            seen_in_time: 0,
            written_in_time: 0,
            completed: 0,
            replies: 0,
            bytes_in: 0,
            slowest: Vec::with_capacity(SLOWEST + 1),
            kept: Vec::new(),
            seconds: Seconds::default(),
        }
    }

    /// Records a measured request that was answered rightly. Allocates nothing.
    pub(super) fn record(&mut self, sample: &Sample) {
        let latency_ns = sample.done_ns.saturating_sub(sample.intended_ns);
        self.intended.saturating_record(latency_ns);
        self.seen.saturating_record(sample.done_ns.saturating_sub(sample.seen_ns));
        self.written.saturating_record(sample.done_ns.saturating_sub(sample.written_ns));
        if self.slowest.len() < SLOWEST || self.slowest.last().is_some_and(|last| latency_ns > last.latency_ns) {
            self.keep_slow(sample, latency_ns);
        }
    }

    fn keep_slow(&mut self, sample: &Sample, latency_ns: u64) {
        let Sample { intended_ns, connection, in_flight, .. } = *sample;
        let at = self.slowest.partition_point(|slow| slow.latency_ns >= latency_ns);
        self.slowest.insert(at, Slow { latency_ns, intended_ns, connection, in_flight });
        self.slowest.truncate(SLOWEST);
    }

    /// Records a measured request that failed at this age.
    pub(super) fn fail(&mut self, fault: Fault, age_ns: u64) {
        self.faults.count(fault);
        self.censored.saturating_record(age_ns);
    }

    /// Keeps the first few replies that were wrong, with why.
    pub(super) fn keep(&mut self, why: &str, reply: &[u8]) {
        if self.kept.len() < KEPT.0 {
            let text = crate::check::escaped(&reply[..reply.len().min(KEPT.1)]);
            self.kept.push(format!("{why}: {text}"));
        }
    }

    /// Takes in what another worker has measured.
    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.intended, &other.intended),
            (&mut self.seen, &other.seen),
            (&mut self.written, &other.written),
            (&mut self.censored, &other.censored),
            (&mut self.wake_lag, &other.wake_lag),
            (&mut self.connection_wait, &other.connection_wait),
            (&mut self.connect, &other.connect),
            (&mut self.first_reply, &other.first_reply),
        ];
        for (sum, part) in pairs {
            sum.add(part).unwrap_or_else(|_| unreachable!("all histograms have the same bounds"));
        }
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
    }
}
