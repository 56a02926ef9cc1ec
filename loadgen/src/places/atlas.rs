use std::{collections::HashMap, rc::Rc};

use herd::{places::gazetteer::Gazetteer, protocol::Query};

use super::response::{Response, response};

/// Answers kept: of about 5 KB each, so 40 MB.
const MAX_KEPT: usize = 8192;

/// The gazetteer's answers as responses, each made once for as many places as are kept.
pub(super) struct Atlas {
    gazetteer: Gazetteer,
    kept: HashMap<[u64; 3], Response>,
    /// Every search is answered as if it had asked for this.
    fixed: Option<Query>,
}

impl Atlas {
    pub(super) fn new(gazetteer: Gazetteer, fixed: Option<Query>) -> Self {
        Self { gazetteer, kept: HashMap::new(), fixed }
    }

    /// The answer to a search.
    pub(super) fn answer(&mut self, query: &Query) -> Response {
        let query = self.fixed.as_ref().unwrap_or(query);
        let key = [query.latitude_deg, query.longitude_deg, query.radius_m].map(f64::to_bits);
        if let Some(kept) = self.kept.get(&key) {
            return Rc::clone(kept);
        }
        let made = response(200, &self.gazetteer.document(query).write());
        if self.kept.len() < MAX_KEPT {
            self.kept.insert(key, Rc::clone(&made));
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(latitude_deg: f64) -> Query {
        Query { latitude_deg, longitude_deg: -118.4, radius_m: 10_000.0, bound: Query::MAX_BOUND }
    }

    #[test]
    fn an_answer_is_made_once_and_the_number_kept_is_bounded() {
        let mut atlas = Atlas::new(Gazetteer::embedded().unwrap(), None);
        assert!(Rc::ptr_eq(&atlas.answer(&query(34.0)), &atlas.answer(&query(34.0))));
        assert_ne!(atlas.answer(&query(34.0)), atlas.answer(&query(0.0)));
        (0..=MAX_KEPT).for_each(|n| drop(atlas.answer(&query(-80.0 + n as f64 / 1e6))));
        assert_eq!(atlas.kept.len(), MAX_KEPT);
    }

    #[test]
    fn a_fixed_answer_is_for_all() {
        let mut atlas = Atlas::new(Gazetteer::embedded().unwrap(), Some(query(34.0)));
        assert!(Rc::ptr_eq(&atlas.answer(&query(1.0)), &atlas.answer(&query(2.0))));
    }
}
