use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    sync::atomic::{AtomicUsize, Ordering},
};

use hashbrown::HashTable;
use parking_lot::Mutex;
use serde::{Serialize, Serializer};

use super::Record;
use crate::protocol::At;

/// How many locks share the clients. Far more than processors, so that two threads seldom meet.
const SHARDS: usize = 64;

/// The newest record of every client, shared between all threads of a server.
///
/// No record ever leaves, so a [`Position`] stays valid while the store grows.
#[derive(Debug)]
pub struct Store {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    clients: AtomicUsize,
}

/// A client's record is at the same slot from its first to its last day.
#[derive(Debug, Default)]
struct Shard {
    records: Vec<Record>,
    slots: HashTable<u32>,
}

/// Whether a record may bring in a new client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Whatever a peer says is taken: all servers must hold the same.
    Any,
    /// Only while fewer clients than this are known.
    Below(usize),
}

/// What a merge did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// It changed the store and must be passed on.
    News,
    /// The store held it, or a newer one.
    Old,
    /// The client is new and was not admitted.
    Full,
}

/// A position among all records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub(super) shard: usize,
    pub(super) slot: usize,
}

/// A digest of a whole store that does not depend on the order in which it was filled: equal stores have equal ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(u128);

impl Store {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::with_shards(SHARDS)
    }

    /// An empty store with this many locks, or as many more as it takes to a power of two.
    #[must_use]
    pub fn with_shards(shards: usize) -> Self {
        let shards = (0..shards.next_power_of_two()).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), clients: AtomicUsize::new(0) }
    }

    /// Takes a record if it is news.
    pub fn merge(&self, at: &At<'_>, admission: Admission) -> Merged {
        let hash = hash_of(&self.hasher, at.client);
        let mut shard = self.shards[self.shard_of(hash)].lock();
        if let Some(record) = shard.find(hash, at.client) {
            let record = &mut shard.records[record];
            if !record.is_older_than(at) {
                return Merged::Old;
            }
            record.replace(at);
            return Merged::News;
        }
        if !self.admit(admission) {
            return Merged::Full;
        }
        shard.insert(hash, Record::from(at), &self.hasher);
        Merged::News
    }

    /// Appends a client's AT line to `out`, without LF, and says where in the line the client ID starts.
    pub fn find(&self, client: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        let hash = hash_of(&self.hasher, client);
        let shard = self.shards[self.shard_of(hash)].lock();
        let record = &shard.records[shard.find(hash, client)?];
        out.extend_from_slice(record.line());
        Some(record.client_at())
    }

    /// How many clients are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.load(Ordering::Relaxed)
    }

    /// Whether no client is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The digest of all records. Reads the whole store, and lets others at it every thousand records.
    #[must_use]
    pub fn digest(&self) -> Digest {
        const AT_ONCE: usize = 1024;
        let mut digest = Digest::default();
        for shard in 0..self.shards.len() {
            let mut from = Position { shard, slot: 0 };
            loop {
                let (stop, records) = self.visit(from, usize::MAX, AT_ONCE, |line| digest.add(line));
                if stop >= records {
                    break;
                }
                from.slot = stop;
            }
        }
        digest
    }

    pub(super) fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Visits up to `most` records of one shard from `slot` to `end` and says at which slot it stopped and how many the
    /// shard holds.
    pub(super) fn visit(&self, from: Position, end: usize, most: usize, mut each: impl FnMut(&[u8])) -> (usize, usize) {
        let shard = self.shards[from.shard].lock();
        let end = end.min(shard.records.len());
        let stop = from.slot.saturating_add(most).min(end);
        for record in shard.records.get(from.slot..stop).unwrap_or_default() {
            each(record.line());
        }
        (stop, shard.records.len())
    }

    fn shard_of(&self, hash: u64) -> usize {
        // The table uses the low and the top seven bits; these are others.
        (hash >> 32) as usize & (self.shards.len() - 1)
    }

    /// Counts a new client in, unless there are too many.
    fn admit(&self, admission: Admission) -> bool {
        let known = self.clients.fetch_add(1, Ordering::Relaxed);
        match admission {
            Admission::Below(limit) if known >= limit => {
                self.clients.fetch_sub(1, Ordering::Relaxed);
                false
            }
            Admission::Below(_) | Admission::Any => true,
        }
    }
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

impl Shard {
    fn find(&self, hash: u64, client: &[u8]) -> Option<usize> {
        let slot = self.slots.find(hash, |slot| self.records[*slot as usize].client() == client)?;
        Some(*slot as usize)
    }

    #[expect(clippy::cast_possible_truncation, reason = "four billion records of a shard do not fit into memory")]
    fn insert(&mut self, hash: u64, record: Record, hasher: &RandomState) {
        let Self { records, slots } = self;
        slots.insert_unique(hash, records.len() as u32, |slot| hash_of(hasher, records[*slot as usize].client()));
        records.push(record);
    }
}

/// Hashes a client ID by a key that no client knows, so that none can choose IDs that collide.
///
/// `Hash` would hash the length first, which keeps apart what stands in sequence; here one ID stands alone.
fn hash_of(hasher: &RandomState, client: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(client);
    hasher.finish()
}

impl Digest {
    /// FNV-1a of the line in 128 bits (Fowler, Noll, Vo), summed: a sum does not know the order.
    fn add(&mut self, line: &[u8]) {
        let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
        for byte in line {
            hash = (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
        self.0 = self.0.wrapping_add(hash);
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merge(store: &Store, line: &str) -> Merged {
        store.merge(&At::parse(line.as_bytes()).unwrap(), Admission::Any)
    }

    #[test]
    fn a_merge_says_whether_it_was_news() {
        let store = Store::new();
        assert_eq!(merge(&store, "AT Hands +0.000000001 kiwi +1-1 7"), Merged::News);
        assert_eq!(merge(&store, "AT Hands +0.000000001 kiwi +1-1 7"), Merged::Old);
        assert_eq!(merge(&store, "AT Hands +0.000000001 kiwi +1-1 6"), Merged::Old);
        assert_eq!(merge(&store, "AT Hands +0.000000001 kiwi +1-1 8"), Merged::News);
        let mut line = Vec::new();
        assert_eq!(store.find(b"kiwi", &mut line), Some(22));
        assert_eq!(line, b"AT Hands +0.000000001 kiwi +1-1 8");
        assert_eq!(store.find(b"plum", &mut line), None);
        assert_eq!(store.len(), 1);
    }

    #[test]
    fn a_full_store_takes_news_of_those_it_knows() {
        let store = Store::new();
        let below_one = |line: &str| store.merge(&At::parse(line.as_bytes()).unwrap(), Admission::Below(1));
        assert_eq!(below_one("AT Hands +0.000000001 kiwi +1-1 7"), Merged::News);
        assert_eq!(below_one("AT Hands +0.000000001 plum +1-1 7"), Merged::Full);
        assert_eq!(below_one("AT Hands +0.000000001 kiwi +1-1 8"), Merged::News);
        assert_eq!(merge(&store, "AT Hands +0.000000001 plum +1-1 7"), Merged::News);
        assert_eq!(store.len(), 2);
    }

    proptest! {
        #[test]
        fn the_order_of_merges_leaves_no_trace(
            told in proptest::collection::vec((0..8_u8, 0..6_u32, 0..4_u8, 0..3_u8), 1..60),
            shuffle in any::<u64>(),
        ) {
            let lines: Vec<_> = told.iter().map(|(client, time, server, skew)| {
                format!("AT S{server} +0.00000000{skew} c{client} +1-1 {time}")
            }).collect();
            let mut keyed: Vec<_> = lines.iter().enumerate()
                .map(|(i, line)| ((i as u64 + 1).wrapping_mul(shuffle | 1), line)).collect();
            keyed.sort();
            let (one, other) = (Store::with_shards(1), Store::with_shards(8));
            for line in &lines {
                merge(&one, line);
            }
            for (_, line) in keyed.iter().chain(&keyed) {
                merge(&other, line);
            }
            prop_assert_eq!(one.digest(), other.digest());
            prop_assert_eq!(one.len(), other.len());
        }
    }
}
