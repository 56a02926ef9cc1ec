use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// A circuit breaker: failures in a row open it, then nothing is called for a pause, then one call at a time is tried
/// until one succeeds (M. Nygard, "Release It!", chapter 5).
#[derive(Debug)]
pub(super) struct Breaker {
    /// Failures in a row that open it; 0 keeps it closed for ever.
    failures: u32,
    pause: Duration,
    /// How long a trial keeps others from being tried when nobody reports its end.
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Calls go through; so many failed since one succeeded.
    Closed { failed: u32 },
    /// Nothing goes through until then.
    Open { until: Instant },
    /// One call is being tried; another may be from then on.
    Trying { until: Instant },
}

/// Leave to call the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// As long as all is well.
    Usual,
    /// To see whether all is well again.
    Trial,
}

/// What a call says about the provider's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It answered.
    Well,
    /// It failed.
    Ill,
    /// It was never asked.
    Unknown,
}

impl Breaker {
    /// Longest pause: a year is for ever, and keeps times from overflowing.
    const MAX_PAUSE: Duration = Duration::from_hours(365 * 24);

    /// `call_limit` is how long a call can take.
    pub(super) fn new(failures: u32, pause: Duration, call_limit: Duration) -> Self {
        let (pause, call_limit) = (pause.min(Self::MAX_PAUSE), call_limit.min(Self::MAX_PAUSE));
        Self { failures, pause, patience: pause.max(call_limit), state: Mutex::new(State::Closed { failed: 0 }) }
    }

    /// Asks for leave to call; `None` while the breaker is open or a trial is on its way.
    pub(super) fn admit(&self, now: Instant) -> Option<Pass> {
        let mut state = self.state.lock();
        match *state {
            State::Closed { .. } => Some(Pass::Usual),
            State::Open { until } | State::Trying { until } if now < until => None,
            State::Open { .. } | State::Trying { .. } => {
                *state = State::Trying { until: now + self.patience };
                Some(Pass::Trial)
            }
        }
    }

    /// Reports how a call ended. Calls from before the breaker opened decide nothing any more.
    pub(super) fn report(&self, pass: Pass, health: Health, now: Instant) {
        let mut state = self.state.lock();
        let open = State::Open { until: now + self.pause };
        *state = match (*state, pass, health) {
            (State::Closed { .. }, _, Health::Well) | (State::Trying { .. }, Pass::Trial, Health::Well) => {
                State::Closed { failed: 0 }
            }
            (State::Closed { failed }, _, Health::Ill) => {
                let failed = failed.saturating_add(1);
                if self.failures > 0 && failed >= self.failures { open } else { State::Closed { failed } }
            }
            (State::Trying { .. }, Pass::Trial, Health::Ill) => open,
            // The next call may try at once.
            (State::Trying { .. }, Pass::Trial, Health::Unknown) => State::Open { until: now },
            (same @ (State::Closed { .. } | State::Open { .. } | State::Trying { .. }), _, _) => same,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    fn opened(now: Instant) -> Breaker {
        let breaker = Breaker::new(3, PAUSE, Duration::from_secs(5));
        for _ in 0..3 {
            assert_eq!(breaker.admit(now), Some(Pass::Usual));
            breaker.report(Pass::Usual, Health::Ill, now);
        }
        breaker
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let now = Instant::now();
        let breaker = Breaker::new(3, PAUSE, PAUSE);
        for _ in 0..5 {
            breaker.report(Pass::Usual, Health::Ill, now);
            breaker.report(Pass::Usual, Health::Ill, now);
            breaker.report(Pass::Usual, Health::Unknown, now);
            breaker.report(Pass::Usual, Health::Well, now);
        }
        assert_eq!(breaker.admit(now), Some(Pass::Usual));
        let breaker = opened(now);
        assert_eq!(breaker.admit(now), None);
        assert_eq!(breaker.admit(now + PAUSE / 2), None);
    }

    #[test]
    fn one_trial_at_a_time_decides() {
        let now = Instant::now();
        let breaker = opened(now);
        let later = now + PAUSE;
        assert_eq!(breaker.admit(later), Some(Pass::Trial));
        assert_eq!(breaker.admit(later), None);
        breaker.report(Pass::Trial, Health::Ill, later);
        assert_eq!(breaker.admit(later), None);
        let again = later + PAUSE;
        assert_eq!(breaker.admit(again), Some(Pass::Trial));
        breaker.report(Pass::Trial, Health::Well, again);
        assert_eq!((breaker.admit(again), breaker.admit(again)), (Some(Pass::Usual), Some(Pass::Usual)));
    }

    #[test]
    fn a_trial_that_was_never_sent_or_never_ended_lets_another_try() {
        let now = Instant::now();
        let breaker = opened(now);
        let later = now + PAUSE;
        assert_eq!(breaker.admit(later), Some(Pass::Trial));
        breaker.report(Pass::Trial, Health::Unknown, later);
        assert_eq!(breaker.admit(later), Some(Pass::Trial));
        assert_eq!(breaker.admit(later + PAUSE), Some(Pass::Trial));
    }

    #[test]
    fn calls_from_before_it_opened_decide_nothing() {
        let now = Instant::now();
        let breaker = opened(now);
        breaker.report(Pass::Usual, Health::Well, now);
        breaker.report(Pass::Usual, Health::Ill, now + PAUSE / 2);
        assert_eq!(breaker.admit(now), None);
        assert_eq!(breaker.admit(now + PAUSE), Some(Pass::Trial));
        breaker.report(Pass::Usual, Health::Well, now + PAUSE);
        assert_eq!(breaker.admit(now + PAUSE), None);
    }

    #[test]
    fn zero_turns_it_off() {
        let now = Instant::now();
        let breaker = Breaker::new(0, PAUSE, PAUSE);
        for _ in 0..100 {
            breaker.report(Pass::Usual, Health::Ill, now);
        }
        assert_eq!(breaker.admit(now), Some(Pass::Usual));
    }
}
