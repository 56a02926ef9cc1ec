use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    time::{Duration, Instant},
};

/// Alarms of connections that are gone are kept up to this number before they are looked for.
const SLACK: usize = 1024;

/// An alarm: the connection's key, and the serial number by which it knows whether it still waits for this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Alarm {
    due: Instant,
    pub(super) serial: u64,
    pub(super) key: usize,
}

/// What is due when.
#[derive(Debug, Default)]
pub(super) struct Timers {
    alarms: BinaryHeap<Reverse<Alarm>>,
    serials: u64,
    /// How many alarms there may be before those of gone connections are taken out.
    tidy_at: usize,
}

impl Timers {
    /// Sets an alarm and gives its serial number, which is never 0.
    pub(super) fn set(&mut self, key: usize, due: Instant) -> u64 {
        self.serials += 1;
        self.alarms.push(Reverse(Alarm { due, serial: self.serials, key }));
        self.serials
    }

    /// Time until the next alarm.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        self.alarms.peek().map(|Reverse(alarm)| alarm.due.saturating_duration_since(now))
    }

    /// Takes the next alarm that is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<Alarm> {
        let Reverse(next) = self.alarms.peek()?;
        if next.due > now {
            return None;
        }
        self.alarms.pop().map(|Reverse(alarm)| alarm)
    }

    /// Takes out alarms that nobody waits for, now and then: each costs a constant time on average, and their number
    /// stays within a multiple of those that are waited for.
    pub(super) fn tidy(&mut self, is_awaited: impl Fn(&Alarm) -> bool) {
        if self.alarms.len() < self.tidy_at.max(SLACK) {
            return;
        }
        self.alarms.retain(|Reverse(alarm)| is_awaited(alarm));
        self.tidy_at = 2 * self.alarms.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_come_in_order_and_never_early() {
        let (mut timers, start) = (Timers::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        for (key, ms) in [(0, 30), (1, 10), (2, 20), (3, 10)] {
            timers.set(key, at(ms));
        }
        assert_eq!(timers.wait(start), Some(Duration::from_millis(10)));
        assert_eq!(timers.due(at(9)), None);
        let keys: Vec<_> = std::iter::from_fn(|| timers.due(at(20))).map(|alarm| alarm.key).collect();
        assert_eq!(keys, [1, 3, 2]);
        assert_eq!(timers.wait(at(40)), Some(Duration::ZERO));
    }

    #[test]
    fn abandoned_alarms_do_not_pile_up() {
        let (mut timers, start) = (Timers::default(), Instant::now());
        for key in 0..100_000 {
            timers.set(key, start);
            timers.tidy(|alarm| alarm.key % 1000 == 0);
        }
        assert!(timers.alarms.len() <= SLACK, "{}", timers.alarms.len());
    }
}
