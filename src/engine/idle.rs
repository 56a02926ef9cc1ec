use std::{collections::VecDeque, time::Instant};

use parking_lot::Mutex;

use crate::config::Limits;

/// Connections to a provider that no call uses, the one that was used last at the back. There are never more than there were
/// calls at once.
#[derive(Debug)]
pub(crate) struct Idle<C> {
    connections: Mutex<VecDeque<Waiting<C>>>,
}

#[derive(Debug)]
struct Waiting<C> {
    connection: C,
    since: Instant,
}

impl<C> Idle<C> {
    pub(crate) fn new() -> Self {
        Self { connections: Mutex::default() }
    }

    /// The connection that was used last, so that no more stay open than are needed.
    pub(crate) fn take(&self) -> Option<C> {
        self.connections.lock().pop_back().map(|waiting| waiting.connection)
    }

    /// Keeps a connection, whose call has ended, for the next one.
    pub(crate) fn put(&self, connection: C, now: Instant) {
        let aged = {
            let mut connections = self.connections.lock();
            connections.push_back(Waiting { connection, since: now });
            // Two at most leave for each one that comes, so that many never leave at once.
            let is_aged = |waiting: &Waiting<C>| now.saturating_duration_since(waiting.since) >= Limits::PLACES_IDLE;
            [(); 2].map(|()| connections.pop_front_if(|waiting| is_aged(waiting)))
        };
        // They are closed without the lock.
        drop(aged);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn numbers(idle: &Idle<u32>) -> Vec<u32> {
        idle.connections.lock().iter().map(|waiting| waiting.connection).collect()
    }

    #[test]
    fn those_that_nobody_needs_any_more_leave() {
        let (idle, start) = (Idle::new(), Instant::now());
        (0..5).for_each(|number| idle.put(number, start));
        assert_eq!(idle.take(), Some(4));
        assert_eq!(numbers(&idle), [0, 1, 2, 3]);

        idle.put(4, start + Limits::PLACES_IDLE.saturating_sub(Duration::from_millis(1)));
        assert_eq!(numbers(&idle), [0, 1, 2, 3, 4]);

        let lefts = [[2, 3, 4].as_slice(), &[4], &[4]].map(|left| {
            let connection = idle.take().unwrap();
            idle.put(connection, start + Limits::PLACES_IDLE);
            (numbers(&idle), left)
        });
        assert!(lefts.iter().all(|(numbers, left)| numbers == left), "{lefts:?}");
        assert_eq!((idle.take(), idle.take()), (Some(4), None));
    }
}
