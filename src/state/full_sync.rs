use super::{Gate, Position, Store};
use crate::protocol::Dialer;

/// An outbound link's pass over the whole store, a batch at a time (PROTOCOL section 5, Full sync and queue).
///
/// A full sync that is broken off starts its next round where it stopped, so that a link that breaks often still covers the
/// store in the end.
#[derive(Debug, Default)]
pub struct FullSync {
    next: Position,
    /// Where this round began, and so where it ends.
    began: Position,
    /// Shards that are still to be finished; the first one is visited twice, its end first and its beginning last.
    shards_left: usize,
}

impl FullSync {
    /// Begins with a new link: opens its gate, then a round over the whole store. What was asked for before is in it.
    pub fn start(&mut self, store: &Store, gate: &Gate) {
        gate.open();
        gate.take_request();
        self.begin(store);
    }

    /// Begins a round over the whole store from where the last one stopped.
    fn begin(&mut self, store: &Store) {
        self.began = self.next;
        self.shards_left = store.shards() + 1;
    }

    /// Whether the round has covered the whole store.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.shards_left == 0
    }

    /// Fills a link's batch: first with what is queued, then with records of the full sync.
    ///
    /// A full sync that is due begins only when the present one has ended, and its request is taken before.
    pub fn fill(
        &mut self,
        store: &Store,
        gate: &Gate,
        queued: impl FnOnce(&mut Dialer, &mut Vec<u8>),
        dialer: &mut Dialer,
        out: &mut Vec<u8>,
    ) {
        queued(dialer, out);
        if self.is_done() && gate.take_request() {
            self.begin(store);
        }
        self.take(store, dialer.room(), |line| dialer.record(line, out));
    }

    /// Gives up to `most` AT lines of the round.
    fn take(&mut self, store: &Store, mut most: usize, mut each: impl FnMut(&[u8])) {
        while most > 0 && !self.is_done() {
            let last_visit = self.shards_left == 1;
            let end = if last_visit { self.began.slot } else { usize::MAX };
            let (stop, records) = store.visit(self.next, end, most, &mut each);
            most -= stop.saturating_sub(self.next.slot);
            self.next.slot = stop.max(self.next.slot);
            if self.next.slot >= end.min(records) {
                self.finish_shard(store, last_visit);
            }
        }
    }

    fn finish_shard(&mut self, store: &Store, last_visit: bool) {
        self.shards_left -= 1;
        if !last_visit {
            self.next = Position { shard: (self.next.shard + 1) % store.shards(), slot: 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::{protocol::At, state::Admission};

    fn insert(store: &Store, client: usize) {
        let line = format!("AT S +0.000000000 c{client} +1-1 1");
        store.merge(&At::parse(line.as_bytes()).unwrap(), Admission::Any);
    }

    proptest! {
        /// Whatever was in the store when a round began is seen once in that round, in whatever portions it is taken and
        /// wherever the last round was broken off.
        #[test]
        fn a_round_sees_each_record_once(
            shards in 1..5_usize,
            clients in 0..60_usize,
            broken_off_after in 0..70_usize,
            later in 0..20_usize,
            portions in proptest::collection::vec(1..9_usize, 1..9),
        ) {
            let store = Store::with_shards(shards);
            (0..clients).for_each(|client| insert(&store, client));
            let mut sync = FullSync::default();
            sync.begin(&store);
            sync.take(&store, broken_off_after, |_| ());

            sync.begin(&store);
            let mut seen = BTreeSet::new();
            for (turn, portion) in portions.iter().cycle().enumerate() {
                if sync.is_done() {
                    break;
                }
                let mut count = 0;
                sync.take(&store, *portion, |line| {
                    assert!(seen.insert(line.to_vec()), "seen twice");
                    count += 1;
                });
                prop_assert!(count <= *portion);
                if turn < later {
                    insert(&store, clients + turn);
                }
            }
            for client in 0..clients {
                prop_assert!(seen.contains(format!("AT S +0.000000000 c{client} +1-1 1").as_bytes()), "c{} unseen", client);
            }
        }
    }
}
