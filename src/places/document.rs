use std::{fmt, sync::Arc};

use serde::Serialize;
use serde_json::Value;

/// A document in the shape of a Google Nearby Search (legacy) response: `html_attributions`, `results`, `status`, and
/// where there is something to say `error_message`, `info_messages` and `next_page_token`.
///
/// It is written as compact JSON with one result a line, so that it reads well with `nc`. It never holds two LFs in a
/// row and never ends with one, whatever its strings hold: JSON escapes theirs, and the writer sets one before each
/// result and one after the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    status: Status,
    attributions: Vec<String>,
    /// Each result as compact JSON on a line of its own, with the commas between them.
    results: Vec<u8>,
    error_message: Option<String>,
    info_messages: Vec<String>,
    next_page_token: Option<String>,
}

/// The `status` of a document, by Google's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// There are results.
    Ok,
    /// There is nothing within the radius: a normal answer.
    #[default]
    ZeroResults,
    /// The provider calls the request malformed.
    InvalidRequest,
    /// A quota is spent, or too many calls wait for a slot.
    OverQueryLimit,
    /// The provider refuses the key.
    RequestDenied,
    /// Anything else that went wrong.
    UnknownError,
}

/// A result that this project writes itself, in the fields that a Nearby Search result has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place<'a> {
    /// Where it is.
    pub geometry: Geometry,
    /// What it is called.
    pub name: &'a str,
    /// An ID that stays the same from answer to answer.
    pub place_id: &'a str,
    /// Google's words for what it is.
    pub types: &'a [&'a str],
    /// Where it is, in words; left out when empty.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub vicinity: &'a str,
}

/// The `geometry` of a result.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Geometry {
    location: Location,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Location {
    lat: f64,
    lng: f64,
}

impl Geometry {
    /// A point, in degrees.
    #[must_use]
    pub fn point(latitude_deg: f64, longitude_deg: f64) -> Self {
        Self { location: Location { lat: latitude_deg, lng: longitude_deg } }
    }
}

impl Document {
    /// A document without results that says why: `error_message` names the cause.
    #[must_use]
    pub fn failure(status: Status, error_message: String) -> Self {
        Self { status, error_message: Some(error_message), ..Self::default() }
    }

    /// Adds one result of our own. From now on the status is `OK`.
    #[expect(clippy::missing_panics_doc, reason = "cannot panic, as said inside")]
    pub fn push(&mut self, place: &Place<'_>) {
        #[expect(clippy::expect_used, reason = "a place holds strings and floats only, and JSON has a form for each")]
        self.push_with(|out| serde_json::to_writer(out, place))
            .expect("a place has no map with other keys than strings");
    }

    /// Adds one result as `write` appends it: a JSON object without an LF. From now on the status is `OK`; what failed leaves
    /// the document as it was.
    pub(super) fn push_with<E>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let before = self.results.len();
        self.results.extend_from_slice(if self.results.is_empty() { b"\n" } else { b",\n" });
        let written = write(&mut self.results);
        match written {
            Ok(()) => self.status = Status::Ok,
            Err(_) => self.results.truncate(before),
        }
        written
    }

    /// Notes how many results of the provider nobody could use; what is left is no failure.
    pub(super) fn note_left_out(&mut self, count: usize) {
        match count {
            0 => {}
            1 => self.note("1 result of the provider could not be read and is left out"),
            more => self.note(format!("{more} results of the provider could not be read and are left out")),
        }
    }

    /// Adds an attribution that a reader must be shown, in HTML.
    pub fn attribute(&mut self, html: impl Into<String>) {
        self.attributions.push(html.into());
    }

    /// Adds a note about how the answer came to be.
    pub fn note(&mut self, message: impl Into<String>) {
        self.info_messages.push(message.into());
    }

    /// Sets the token for the provider's next page.
    pub fn continue_with(&mut self, token: String) {
        self.next_page_token = Some(token);
    }

    /// The status as it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The document as it goes onto the wire, without the two LFs that end a reply.
    #[must_use]
    pub fn write(&self) -> Arc<[u8]> {
        let mut out = Vec::with_capacity(256 + self.results.len());
        out.extend_from_slice(b"{\"html_attributions\":");
        write_strings(&mut out, &self.attributions);
        out.extend_from_slice(b",\"results\":[");
        out.extend_from_slice(&self.results);
        out.extend_from_slice(if self.results.is_empty() { b"]" } else { b"\n]" });
        write_string_field(&mut out, "status", self.status.as_str());
        if let Some(message) = &self.error_message {
            write_string_field(&mut out, "error_message", message);
        }
        if !self.info_messages.is_empty() {
            out.extend_from_slice(b",\"info_messages\":");
            write_strings(&mut out, &self.info_messages);
        }
        if let Some(token) = &self.next_page_token {
            write_string_field(&mut out, "next_page_token", token);
        }
        out.push(b'}');
        out.into()
    }
}

fn write_strings(out: &mut Vec<u8>, texts: &[String]) {
    out.push(b'[');
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_string(out, text);
    }
    out.push(b']');
}

fn write_string_field(out: &mut Vec<u8>, name: &str, text: &str) {
    out.push(b',');
    write_string(out, name);
    out.push(b':');
    write_string(out, text);
}

fn write_string(out: &mut Vec<u8>, text: &str) {
    // `Value`'s own form cannot fail, where `to_writer` would give a `Result` that has no error to give.
    out.extend_from_slice(Value::from(text).to_string().as_bytes());
}

impl Status {
    /// The status as it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::ZeroResults => "ZERO_RESULTS",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::OverQueryLimit => "OVER_QUERY_LIMIT",
            Self::RequestDenied => "REQUEST_DENIED",
            Self::UnknownError => "UNKNOWN_ERROR",
        }
    }

    /// The status that the wire's word means, if it is one.
    #[must_use]
    pub fn from_wire(word: &str) -> Option<Self> {
        let all = [
            Self::Ok,
            Self::ZeroResults,
            Self::InvalidRequest,
            Self::OverQueryLimit,
            Self::RequestDenied,
            Self::UnknownError,
        ];
        all.into_iter().find(|status| status.as_str() == word)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text(document: &Document) -> String {
        String::from_utf8(document.write().to_vec()).unwrap()
    }

    fn push(document: &mut Document, result: &Value) {
        document.push_with(|out| serde_json::to_writer(out, result)).unwrap();
    }

    #[test]
    fn a_document_without_results_is_one_line() {
        insta::assert_snapshot!(text(&Document::default()), @r#"{"html_attributions":[],"results":[],"status":"ZERO_RESULTS"}"#);
        let failure = Document::failure(Status::UnknownError, "Wikipedia: timed out".to_owned());
        insta::assert_snapshot!(text(&failure), @r#"{"html_attributions":[],"results":[],"status":"UNKNOWN_ERROR","error_message":"Wikipedia: timed out"}"#);
    }

    #[test]
    fn each_result_is_a_line_of_its_own() {
        let mut document = Document::default();
        document.attribute("<b>somebody</b>");
        document.note("searched less");
        push(&mut document, &json!({"name": "one"}));
        push(&mut document, &json!({"name": "two"}));
        document.continue_with("more".to_owned());
        insta::assert_snapshot!(text(&document), @r#"
        {"html_attributions":["<b>somebody</b>"],"results":[
        {"name":"one"},
        {"name":"two"}
        ],"status":"OK","info_messages":["searched less"],"next_page_token":"more"}
        "#);
    }

    #[test]
    fn statuses_round_trip() {
        for word in ["OK", "ZERO_RESULTS", "INVALID_REQUEST", "OVER_QUERY_LIMIT", "REQUEST_DENIED", "UNKNOWN_ERROR"] {
            assert_eq!(Status::from_wire(word).unwrap().to_string(), word);
        }
        assert_eq!(Status::from_wire("ok"), None);
    }

    proptest! {
        #[test]
        fn no_string_can_make_an_empty_line(texts in prop::collection::vec("(\n|\r|\"|\\\\|.){0,8}", 4), n in 0_usize..4) {
            let mut document = Document::failure(Status::UnknownError, texts[0].clone());
            document.attribute(texts[1].clone());
            document.note(texts[2].clone());
            document.continue_with(texts[3].clone());
            for _ in 0..n {
                push(&mut document, &json!({ &texts[0]: texts[1], "deep": [[texts[2]]] }));
            }
            let written = document.write();
            prop_assert!(!written.windows(2).any(|pair| pair == b"\n\n"));
            prop_assert_eq!(written.last(), Some(&b'}'));
            prop_assert_eq!(written.split(|&b| b == b'\n').count() - 1, if n == 0 { 0 } else { n + 1 });
            let read: Value = serde_json::from_slice(&written).unwrap();
            prop_assert_eq!(read["error_message"].as_str(), Some(texts[0].as_str()));
            prop_assert_eq!(read["results"].as_array().unwrap().len(), n);
        }
    }
}
