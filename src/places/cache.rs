use std::{
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use lru::LruCache;
use parking_lot::Mutex;

use crate::protocol::Query;

/// Answers that may be given again for a while.
///
/// The lock is held for a few moves in memory; each call does a bounded number of them.
#[derive(Debug)]
pub(super) struct Cache {
    lifetime: Duration,
    answers: Mutex<LruCache<Asked, Kept>>,
}

/// A query in whole numbers: about a centimetre each way, so that equal questions are equal keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Asked {
    lat_e7: i64,
    lon_e7: i64,
    radius_mm: i64,
    bound: u8,
}

#[derive(Debug)]
struct Kept {
    until: Instant,
    document: Arc<[u8]>,
}

impl Cache {
    /// Longest document that is kept, in bytes: 20 results of a Nearby Search take some 20 KB. With 1,024 entries the
    /// cache stays within 64 MiB.
    const MAX_DOCUMENT_BYTES: usize = 64 << 10;
    /// Most entries, whatever is asked for: room is taken at start.
    const MAX_ENTRIES: usize = 1 << 20;
    /// Longest lifetime: a year is for ever, and keeps times from overflowing.
    const MAX_LIFETIME: Duration = Duration::from_hours(365 * 24);

    /// A cache, unless there is nothing for it to keep or no time to keep it.
    pub(super) fn new(entries: usize, lifetime: Duration) -> Option<Self> {
        let entries = NonZeroUsize::new(entries.min(Self::MAX_ENTRIES)).filter(|_| !lifetime.is_zero())?;
        let lifetime = lifetime.min(Self::MAX_LIFETIME);
        Some(Self { lifetime, answers: Mutex::new(LruCache::new(entries)) })
    }

    /// The answer that was kept for the same query, unless its time is over.
    pub(super) fn answer(&self, query: &Query, now: Instant) -> Option<Arc<[u8]>> {
        let asked = Asked::from(query);
        let mut answers = self.answers.lock();
        let kept = answers.get(&asked)?;
        if now < kept.until {
            return Some(Arc::clone(&kept.document));
        }
        answers.pop(&asked);
        None
    }

    /// Keeps an answer; when the cache is full, the one that was not asked for longest gives way.
    pub(super) fn keep(&self, query: &Query, document: &Arc<[u8]>, now: Instant) {
        if document.len() > Self::MAX_DOCUMENT_BYTES {
            return;
        }
        let kept = Kept { until: now + self.lifetime, document: Arc::clone(document) };
        let mut answers = self.answers.lock();
        answers.put(Asked::from(query), kept);
        // Two out for one in: what nobody asks for any more goes in the end, without a sweep.
        for _ in 0..2 {
            if answers.peek_lru().is_some_and(|(_, oldest)| oldest.until <= now) {
                answers.pop_lru();
            }
        }
    }
}

impl From<&Query> for Asked {
    fn from(query: &Query) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a clamped query is far below 2^63")]
        let whole = |value: f64, units: f64| (value * units).round() as i64;
        Self {
            lat_e7: whole(query.latitude_deg, 1e7),
            lon_e7: whole(query.longitude_deg, 1e7),
            radius_mm: whole(query.radius_m, 1e3),
            bound: query.bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_mins(1);

    fn query(latitude_deg: f64) -> Query {
        Query { latitude_deg, longitude_deg: 0.0, radius_m: 10.0, bound: 5 }
    }

    #[test]
    fn answers_live_for_their_lifetime() {
        let (cache, now) = (Cache::new(2, LIFETIME).unwrap(), Instant::now());
        let document: Arc<[u8]> = (*b"{}").into();
        cache.keep(&query(1.0), &document, now);
        assert_eq!(cache.answer(&query(1.0), now + LIFETIME / 2), Some(document));
        assert_eq!(cache.answer(&Query { bound: 6, ..query(1.0) }, now), None);
        assert_eq!(cache.answer(&query(1.0), now + LIFETIME), None);
        assert!(cache.answers.lock().is_empty());
    }

    #[test]
    fn the_number_and_the_size_of_answers_are_bounded() {
        let (cache, now) = (Cache::new(2, LIFETIME).unwrap(), Instant::now());
        let document: Arc<[u8]> = (*b"{}").into();
        for latitude in [1.0, 2.0, 3.0] {
            cache.keep(&query(latitude), &document, now);
        }
        assert_eq!(cache.answer(&query(1.0), now), None);
        assert!(cache.answer(&query(2.0), now).is_some());
        cache.keep(&query(2.0), &document, now + LIFETIME);
        assert_eq!(cache.answers.lock().len(), 1, "what is over leaves when something else comes");
        let long: Arc<[u8]> = vec![b' '; Cache::MAX_DOCUMENT_BYTES + 1].into();
        cache.keep(&query(4.0), &long, now);
        assert_eq!(cache.answer(&query(4.0), now), None);
    }

    #[test]
    fn a_cache_without_room_or_time_is_none() {
        assert!(Cache::new(0, LIFETIME).is_none() && Cache::new(1, Duration::ZERO).is_none());
    }
}
