use std::{collections::HashMap, rc::Rc};

use herd::{places::gazetteer::Gazetteer, protocol::Query};
use http::StatusCode;
use serde_json::json;

use super::request::Refusal;

/// Answers kept: of about 5 KB each, so 40 MB.
const MAX_KEPT: usize = 8192;

/// A response, ready to be written.
pub(super) type Response = Rc<[u8]>;

/// A response whose body is a JSON text.
pub(super) fn response(status: StatusCode, body: &[u8]) -> Response {
    let allow = if status == StatusCode::METHOD_NOT_ALLOWED { "allow: GET\r\n" } else { "" };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json; charset=UTF-8\r\n{allow}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat().into()
}

/// What a request that is not served gets, in the shape of a Nearby Search.
pub(super) fn refusal(refusal: Refusal) -> Response {
    failure(refusal.status, "INVALID_REQUEST", refusal.why)
}

/// What a request gets that is to fail.
pub(super) fn injected_error() -> Response {
    failure(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN_ERROR", "this error was asked for with --error-rate")
}

fn failure(status: StatusCode, word: &str, why: &str) -> Response {
    let body = json!({ "error_message": why, "html_attributions": [], "results": [], "status": word });
    response(status, body.to_string().as_bytes())
}

/// The gazetteer's answers as responses, each made once for as many places as are kept.
pub(super) struct ResponseCache {
    gazetteer: Gazetteer,
    kept: HashMap<[u64; 3], Response>,
    /// Every search is answered as if it had asked for this.
    fixed: Option<Query>,
}

impl ResponseCache {
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
        let made = response(StatusCode::OK, &self.gazetteer.document(query).write());
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
        let mut cache = ResponseCache::new(Gazetteer::embedded().unwrap(), None);
        assert!(Rc::ptr_eq(&cache.answer(&query(34.0)), &cache.answer(&query(34.0))));
        assert_ne!(cache.answer(&query(34.0)), cache.answer(&query(0.0)));
        (0..=MAX_KEPT).for_each(|n| drop(cache.answer(&query(-80.0 + n as f64 / 1e6))));
        assert_eq!(cache.kept.len(), MAX_KEPT);
    }

    #[test]
    fn a_fixed_answer_is_for_all() {
        let mut cache = ResponseCache::new(Gazetteer::embedded().unwrap(), Some(query(34.0)));
        assert!(Rc::ptr_eq(&cache.answer(&query(1.0)), &cache.answer(&query(2.0))));
    }
}
