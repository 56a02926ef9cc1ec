use std::sync::atomic::{AtomicBool, Ordering};

/// What stands between those who merge and one outbound link (PROTOCOL section 5, Links).
///
/// A link opens its gate, then starts a full sync; a merger changes the store, then looks at the gate. So each record is in
/// the full sync, in the queue, or in both.
#[derive(Debug, Default)]
pub struct Gate {
    open: AtomicBool,
    full_sync_due: AtomicBool,
}

impl Gate {
    /// From now on mergers offer records to the link's queue.
    pub fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    /// From now on mergers pass by.
    pub fn close(&self) {
        self.open.store(false, Ordering::SeqCst);
    }

    /// Whether records are to be offered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::SeqCst)
    }

    /// Asks for another full sync: a record was dropped, or the peer may have lost what it knew. Says whether none
    /// was asked for yet.
    pub fn request_full_sync(&self) -> bool {
        !self.full_sync_due.swap(true, Ordering::SeqCst)
    }

    /// Whether a full sync is asked for.
    #[must_use]
    pub fn is_full_sync_due(&self) -> bool {
        self.full_sync_due.load(Ordering::SeqCst)
    }

    /// Takes the request, if there is one, before the full sync that it asks for begins.
    pub(super) fn take_request(&self) -> bool {
        self.full_sync_due.swap(false, Ordering::SeqCst)
    }
}

/// The flooding decision: news goes to every neighbour whose link is up, but not to the one it came from.
///
/// `links` are all neighbours' in a fixed order; `from` is an index into it, `None` for news from a client.
pub fn recipients<'a, T>(
    links: &'a [T],
    from: Option<usize>,
    gate: impl Fn(&T) -> &Gate + 'a,
) -> impl Iterator<Item = (usize, &'a T)> {
    links.iter().enumerate().filter(move |(index, link)| Some(*index) != from && gate(link).is_open())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_goes_to_every_open_link_but_the_one_it_came_from() {
        let gates: Vec<_> = (0..4).map(|_| Gate::default()).collect();
        for index in [0, 1, 3] {
            gates[index].open();
        }
        let to = |from| recipients(&gates, from, |gate| gate).map(|(index, _)| index).collect::<Vec<_>>();
        assert_eq!(to(None), [0, 1, 3]);
        assert_eq!(to(Some(1)), [0, 3]);
        gates[0].close();
        assert_eq!(to(Some(3)), [1]);
    }

    #[test]
    fn a_request_is_taken_once() {
        let gate = Gate::default();
        assert!(gate.request_full_sync() && !gate.request_full_sync());
        assert!(gate.is_full_sync_due() && gate.take_request() && !gate.take_request() && !gate.is_full_sync_due());
    }
}
