//! Google Nearby Search (legacy): <https://developers.google.com/maps/documentation/places/web-service/legacy/search-nearby>.

use serde_json::Value;

use super::reply::Failure;
use crate::{
    places::{Document, Method, Request, Status},
    protocol::Query,
};

/// Where it is unless the settings say otherwise.
pub(super) const BASE: &str = "https://maps.googleapis.com";

/// The list in an answer.
pub(super) const RESULTS: &str = "results";

/// A GET with everything in its URL, the key too.
pub(super) fn request(base: &str, key: Option<&str>, query: &Query) -> Request {
    let Query { latitude_deg, longitude_deg, radius_m, .. } = query;
    let mut url = format!(
        "{base}/maps/api/place/nearbysearch/json?location={latitude_deg:.7},{longitude_deg:.7}&radius={radius_m:.3}"
    );
    if let Some(key) = key {
        url.push_str("&key=");
        url.push_str(key);
    }
    Request { method: Method::Get, url, headers: vec![("accept", "application/json".into())], body: Vec::new() }
}

/// The document for an answer with HTTP status 200: results as they are, at most as many as the bound says.
pub(super) fn document(query: &Query, value: &Value) -> Result<Document, Failure> {
    let word = value["status"].as_str().ok_or_else(|| Failure::malformed("it has no status"))?;
    match Status::from_wire(word) {
        Some(Status::Ok | Status::ZeroResults) => answer(query, value),
        Some(
            status @ (Status::InvalidRequest | Status::OverQueryLimit | Status::RequestDenied | Status::UnknownError),
        ) => Err(Failure::quoting(status, &format!("status {word}"), value["error_message"].as_str())),
        None => Err(Failure::malformed("its status is unknown")),
    }
}

/// The status follows from the results, so that the two cannot contradict each other.
fn answer(query: &Query, value: &Value) -> Result<Document, Failure> {
    let results = value[RESULTS].as_array().ok_or_else(|| Failure::malformed("it has no list of results"))?;
    let mut document = Document::default();
    for result in results.iter().take(query.bound.into()) {
        if !result.is_object() {
            return Err(Failure::malformed("a result is not an object"));
        }
        document.push_value(result);
    }
    strings(value, "html_attributions")?.for_each(|html| document.attribute(html));
    strings(value, "info_messages")?.for_each(|message| document.note(message));
    if results.len() <= query.bound.into()
        && let Some(token) = value["next_page_token"].as_str()
    {
        document.continue_with(token.to_owned());
    }
    Ok(document)
}

fn strings<'a>(value: &'a Value, field: &str) -> Result<impl Iterator<Item = &'a str> + use<'a>, Failure> {
    let items = match &value[field] {
        Value::Null => &[],
        Value::Array(items) if items.iter().all(Value::is_string) => items.as_slice(),
        _ => return Err(Failure::malformed(&format!("{field} is not a list of strings"))),
    };
    Ok(items.iter().filter_map(Value::as_str))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const QUERY: Query = Query { latitude_deg: 34.06893, longitude_deg: -118.445_127, radius_m: 10_000.0, bound: 2 };

    fn body(results: usize) -> Value {
        let result = |i| json!({ "name": format!("place {i}"), "rating": 4.5, "photos": [{ "width": 1 }] });
        json!({
            "html_attributions": ["<a>x</a>"],
            "next_page_token": "more",
            "results": (0..results).map(result).collect::<Vec<_>>(),
            "status": "OK",
        })
    }

    #[test]
    fn the_key_is_in_the_url_and_not_in_debug() {
        let request = request(BASE, Some("AIzaSecret-0123"), &QUERY);
        insta::assert_snapshot!(request.url, @"https://maps.googleapis.com/maps/api/place/nearbysearch/json?location=34.0689300,-118.4451270&radius=10000.000&key=AIzaSecret-0123");
        insta::assert_snapshot!(format!("{request:?}"), @r#"Request { method: Get, url: "https://maps.googleapis.com/maps/api/place/nearbysearch/json", headers: ["accept"], body_bytes: 0 }"#);
    }

    #[test]
    fn a_page_that_fits_keeps_its_token() {
        let written = document(&QUERY, &body(2)).unwrap().write();
        insta::assert_snapshot!(String::from_utf8_lossy(&written), @r#"
        {"html_attributions":["<a>x</a>"],"results":[
        {"name":"place 0","rating":4.5,"photos":[{"width":1}]},
        {"name":"place 1","rating":4.5,"photos":[{"width":1}]}
        ],"status":"OK","next_page_token":"more"}
        "#);
    }

    #[test]
    fn a_page_that_was_cut_loses_its_token() {
        let written: Value = serde_json::from_slice(&document(&QUERY, &body(3)).unwrap().write()).unwrap();
        assert_eq!(written["results"].as_array().unwrap().len(), 2);
        assert_eq!(written.get("next_page_token"), None);
    }

    #[test]
    fn statuses_follow_the_results() {
        for word in ["OK", "ZERO_RESULTS"] {
            let empty = json!({ "results": [], "status": word });
            assert_eq!(document(&QUERY, &empty).unwrap().status(), Status::ZeroResults);
        }
    }

    #[test]
    fn error_statuses_and_nonsense_are_failures() {
        for word in ["INVALID_REQUEST", "OVER_QUERY_LIMIT", "REQUEST_DENIED", "UNKNOWN_ERROR"] {
            let failure = document(&QUERY, &json!({ "status": word, "error_message": "because" })).unwrap_err();
            assert_eq!((failure.status.as_str(), failure.message), (word, format!("status {word}: because")));
        }
        for nonsense in [
            json!({}),
            json!({ "status": 1, "results": [] }),
            json!({ "status": "FINE", "results": [] }),
            json!({ "status": "OK" }),
            json!({ "status": "OK", "results": {} }),
            json!({ "status": "OK", "results": [1] }),
            json!({ "status": "OK", "results": [], "html_attributions": "x" }),
            json!({ "status": "OK", "results": [], "info_messages": [1] }),
        ] {
            assert_eq!(document(&QUERY, &nonsense).unwrap_err().status, Status::UnknownError, "{nonsense}");
        }
    }
}
