//! Google Nearby Search (legacy): <https://developers.google.com/maps/documentation/places/web-service/legacy/search-nearby>.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{mend::mended, reply::Failure, written};
use crate::{
    places::{Document, Key, Method, Request, Status},
    protocol::Query,
};

/// Where it is unless the settings say otherwise.
pub(super) const BASE: &str = "https://maps.googleapis.com";

/// An answer, its results as they were written.
#[derive(Deserialize)]
struct Reply<'a> {
    status: Option<String>,
    #[serde(borrow)]
    results: Option<Results<'a>>,
    error_message: Option<String>,
    html_attributions: Option<Vec<String>>,
    info_messages: Option<Vec<String>>,
    next_page_token: Option<String>,
}

/// The results that a query may want, and how many there are. A provider sends twenty to whoever asks for five: all of them
/// are checked, and none is built.
struct Results<'a> {
    first: Vec<&'a RawValue>,
    count: usize,
}

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
pub(super) fn document(query: &Query, body: &[u8], key: Option<&Key>) -> Result<Document, Failure> {
    let reply = serde_json::from_slice(body);
    let reply: Reply<'_> = reply.map_err(|error| Failure::malformed(&error.to_string()))?;
    let word = reply.status.as_deref().ok_or_else(|| Failure::malformed("it has no status"))?;
    match Status::from_wire(word) {
        Some(Status::Ok | Status::ZeroResults) => answer(query, reply, key),
        Some(
            status @ (Status::InvalidRequest | Status::OverQueryLimit | Status::RequestDenied | Status::UnknownError),
        ) => {
            let quoted = reply.error_message.map(|message| scrubbed(message, key));
            Err(Failure::quoting(status, &format!("status {status}"), quoted.as_deref()))
        }
        None => Err(Failure::malformed("its status is unknown")),
    }
}

/// The status follows from the results, so that the two cannot contradict each other.
fn answer(query: &Query, reply: Reply<'_>, key: Option<&Key>) -> Result<Document, Failure> {
    let results = reply.results.ok_or_else(|| Failure::malformed("it has no list of results"))?;
    let mut document = Document::default();
    let (mut given, mut left_out) = (0, 0);
    for result in &results.first {
        if given == usize::from(query.bound) {
            break;
        }
        match document.push_with(|out| copy(result.get(), key, out)) {
            Ok(()) => given += 1,
            Err(_) => left_out += 1,
        }
    }
    document.note_left_out(left_out);
    for html in reply.html_attributions.into_iter().flatten() {
        document.attribute(scrubbed(html, key));
    }
    for message in reply.info_messages.into_iter().flatten() {
        document.note(scrubbed(message, key));
    }
    if results.count <= query.bound.into()
        && let Some(token) = reply.next_page_token
    {
        document.continue_with(scrubbed(token, key));
    }
    Ok(document)
}

/// Appends a result, its text mended where it holds what is no character.
fn copy(result: &str, key: Option<&Key>, out: &mut Vec<u8>) -> Result<(), Failure> {
    if !result.starts_with('{') {
        return Err(Failure::malformed("a result is not an object"));
    }
    let start = out.len();
    written::copy(result, key, out).or_else(|failure| {
        out.truncate(start);
        let mended = mended(result.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
        mended.map_or(Err(failure), |result| written::copy(&result, key, out))
    })
}

fn scrubbed(text: String, key: Option<&Key>) -> String {
    match key {
        Some(key) => key.scrub(&text),
        None => text,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Results<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(List)
    }
}

struct List;

impl<'de> Visitor<'de> for List {
    type Value = Results<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Results<'de>, A::Error> {
        let mut first = Vec::with_capacity(Query::MAX_BOUND.into());
        while first.len() < Query::MAX_BOUND.into() {
            match members.next_element()? {
                Some(member) => first.push(member),
                None => return Ok(Results { count: first.len(), first }),
            }
        }
        let mut count = first.len();
        while members.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Results { first, count })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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

    fn read(body: &Value) -> Result<Document, Failure> {
        document(&QUERY, body.to_string().as_bytes(), None)
    }

    #[test]
    fn the_key_is_in_the_url_and_not_in_debug() {
        let request = request(BASE, Some("AIzaSecret-0123"), &QUERY);
        insta::assert_snapshot!(request.url, @"https://maps.googleapis.com/maps/api/place/nearbysearch/json?location=34.0689300,-118.4451270&radius=10000.000&key=AIzaSecret-0123");
        insta::assert_snapshot!(format!("{request:?}"), @r#"Request { method: Get, url: "https://maps.googleapis.com/maps/api/place/nearbysearch/json", headers: ["accept"], body_bytes: 0 }"#);
    }

    #[test]
    fn a_page_that_fits_keeps_its_token() {
        let written = read(&body(2)).unwrap().write();
        insta::assert_snapshot!(String::from_utf8_lossy(&written), @r#"
        {"html_attributions":["<a>x</a>"],"results":[
        {"name":"place 0","rating":4.5,"photos":[{"width":1}]},
        {"name":"place 1","rating":4.5,"photos":[{"width":1}]}
        ],"status":"OK","next_page_token":"more"}
        "#);
    }

    #[test]
    fn a_page_that_was_cut_loses_its_token() {
        let written: Value = serde_json::from_slice(&read(&body(3)).unwrap().write()).unwrap();
        assert_eq!(written["results"].as_array().unwrap().len(), 2);
        assert_eq!(written.get("next_page_token"), None);
    }

    #[test]
    fn statuses_follow_the_results() {
        for word in ["OK", "ZERO_RESULTS"] {
            let empty = json!({ "results": [], "status": word });
            assert_eq!(read(&empty).unwrap().status(), Status::ZeroResults);
        }
    }

    #[test]
    fn error_statuses_and_nonsense_are_failures() {
        for word in ["INVALID_REQUEST", "OVER_QUERY_LIMIT", "REQUEST_DENIED", "UNKNOWN_ERROR"] {
            let failure = read(&json!({ "status": word, "error_message": "because" })).unwrap_err();
            assert_eq!((failure.status.as_str(), failure.message), (word, format!("status {word}: because")));
        }
        for nonsense in [
            json!({}),
            json!({ "status": 1, "results": [] }),
            json!({ "status": "FINE", "results": [] }),
            json!({ "status": "OK" }),
            json!({ "status": "OK", "results": {} }),
            json!({ "status": "OK", "results": [], "html_attributions": "x" }),
            json!({ "status": "OK", "results": [], "info_messages": [1] }),
        ] {
            assert_eq!(read(&nonsense).unwrap_err().status, Status::UnknownError, "{nonsense}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_left_out_and_the_next_takes_its_place() {
        let body = r#"{"status":"OK","results":[1,{"name":"half \ud83d"},"x",{"name":"b"},{"name":"c"}]}"#;
        let written = document(&QUERY, body.as_bytes(), None).unwrap().write();
        insta::assert_snapshot!(String::from_utf8_lossy(&written), @r#"
        {"html_attributions":[],"results":[
        {"name":"half \ufffd"},
        {"name":"b"}
        ],"status":"OK","info_messages":["2 results of the provider could not be read and are left out"]}
        "#);
        let none = document(&QUERY, br#"{"status":"OK","results":[1]}"#, None).unwrap();
        assert_eq!(none.status(), Status::ZeroResults);
    }

    #[test]
    fn all_of_the_text_is_checked() {
        let results = |list: &str| format!("{{\"status\":\"OK\",\"results\":{list}}}");
        let many = |last: &str| results(&format!("[{}{last}]", "{},".repeat(30)));
        assert!(document(&QUERY, many("{}").as_bytes(), None).is_ok());
        for text in [
            "",
            "[]",
            "{",
            "<html>",
            &(results("[]") + " {}"),
            &results("{}"),
            &results("[{},{},{},}"),
            &many("\"\u{1}\""),
            &many("{\"a\":}"),
            &many("\"\\x\""),
            &many(&"[".repeat(100_000)),
        ] {
            assert!(document(&QUERY, text.as_bytes(), None).is_err(), "{text:.60}");
        }
        let not_text = [b"{\"status\":\"OK\",\"results\":[{\"name\":\"".as_slice(), b"\xff", b"\"}]}"].concat();
        assert!(document(&QUERY, &not_text, None).is_err());
    }
}
