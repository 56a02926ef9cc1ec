use serde_json::Value;

use crate::places::{CallError, Key, Response, Status};

/// Longest message of a provider that is passed on, in characters; a line or two on a terminal.
const MAX_MESSAGE_CHARS: usize = 200;

/// Why a provider's answer gives no places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::places) struct Failure {
    /// What the document says.
    pub(in crate::places) status: Status,
    /// The cause, for a person.
    pub(in crate::places) message: String,
}

impl Failure {
    pub(super) fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// The answer has not the shape that the provider documents.
    pub(super) fn malformed(what: &str) -> Self {
        Self::new(Status::UnknownError, format!("the answer is malformed: {what}"))
    }

    /// The message with what the provider itself said, cut to a bounded length.
    pub(super) fn quoting(status: Status, message: &str, quoted: Option<&str>) -> Self {
        match quoted.filter(|text| !text.is_empty()) {
            Some(text) => Self::new(status, format!("{message}: {}", shortened(text))),
            None => Self::new(status, message),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let status = match error {
            CallError::Busy => Status::OverQueryLimit,
            CallError::Timeout
            | CallError::Resolve
            | CallError::Connect
            | CallError::Tls
            | CallError::BodyTooLarge
            | CallError::Truncated
            | CallError::Protocol => Status::UnknownError,
        };
        Self::new(status, error.to_string())
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// The body of a response, a JSON object by its first byte, if the HTTP status is 200.
pub(super) fn body<'a>(response: &'a Response, key: Option<&Key>) -> Result<&'a [u8], Failure> {
    if response.status != 200 {
        return Err(refused(response.status, &parsed(&response.body, key).unwrap_or_default()));
    }
    let body = response.body.trim_ascii();
    if body.first() == Some(&b'{') { Ok(body) } else { Err(Failure::malformed("not an object")) }
}

/// A body without the key in it.
pub(super) fn read(body: &[u8], key: Option<&Key>) -> Result<Value, Failure> {
    parsed(body, key).map_err(|error| Failure::malformed(&error.to_string()))
}

fn parsed(body: &[u8], key: Option<&Key>) -> serde_json::Result<Value> {
    let mut value = serde_json::from_slice(body)?;
    if let Some(key) = key {
        key.scrub_value(&mut value);
    }
    Ok(value)
}

/// What an HTTP status other than 200 means. Redirects are not followed, so they end here too.
fn refused(http: u16, body: &Value) -> Failure {
    let status = match http {
        401 | 403 => Status::RequestDenied,
        429 => Status::OverQueryLimit,
        // Google answers a wrong key so.
        400 if has_invalid_key(body) => Status::RequestDenied,
        // The provider is well, and says that the query is not: by its legacy name, or by that of AIP-193.
        400 if body["status"] == "INVALID_REQUEST" => Status::InvalidRequest,
        400 if body.pointer("/error/status").is_some_and(|status| status == "INVALID_ARGUMENT") => {
            Status::InvalidRequest
        }
        _ => Status::UnknownError,
    };
    let quoted = body.pointer("/error/message").or_else(|| body.get("error_message")).and_then(Value::as_str);
    Failure::quoting(status, &format!("HTTP status {http}"), quoted)
}

/// Whether a Google error (AIP-193) gives `API_KEY_INVALID` as its reason.
fn has_invalid_key(body: &Value) -> bool {
    let details = body.pointer("/error/details").and_then(Value::as_array);
    details.is_some_and(|details| details.iter().any(|detail| detail["reason"] == "API_KEY_INVALID"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(response: &Response, key: Option<&Key>) -> Result<Value, Failure> {
        read(body(response, key)?, key)
    }

    fn status_of(status: u16, body: &str) -> Status {
        whole(&Response { status, body: body.into() }, None).unwrap_err().status
    }

    #[test]
    fn http_statuses_become_document_statuses() {
        for (http, status) in [
            (401, Status::RequestDenied),
            (403, Status::RequestDenied),
            (429, Status::OverQueryLimit),
            (204, Status::UnknownError),
            (302, Status::UnknownError),
            (400, Status::UnknownError),
            (404, Status::UnknownError),
            (500, Status::UnknownError),
            (503, Status::UnknownError),
        ] {
            assert_eq!(status_of(http, "<html>no</html>"), status, "{http}");
        }
        let invalid_key = r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT",
            "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#;
        assert_eq!(status_of(400, invalid_key), Status::RequestDenied);
        let invalid_radius = r#"{"error":{"code":400,"message":"Invalid radius.","status":"INVALID_ARGUMENT"}}"#;
        for invalid in [invalid_radius, r#"{"status":"INVALID_REQUEST","results":[]}"#] {
            assert_eq!(status_of(400, invalid), Status::InvalidRequest);
            assert_eq!(status_of(500, invalid), Status::UnknownError);
        }
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        let deep = "[".repeat(100_000);
        for body in ["", "<html>", "[]", "null", "{", "{\"a\":1e999}", "{}{}", "{\"a\":\"\u{1}\"}", &deep] {
            assert_eq!(status_of(200, body), Status::UnknownError, "{body:.20}");
        }
        assert!(whole(&Response { status: 200, body: b"{\"a\":\"\xff\"}".to_vec() }, None).is_err());
        assert_eq!(whole(&Response { status: 200, body: b"{}".to_vec() }, None), Ok(serde_json::json!({})));
    }

    #[test]
    fn messages_are_scrubbed_then_cut() {
        let key: Key = "AIzaSecret-0123".parse().unwrap();
        let text = format!("{} AIzaSecret-0123", "é".repeat(190));
        let body = serde_json::json!({ "error": { "message": text } }).to_string().into_bytes();
        let failure = whole(&Response { status: 403, body }, Some(&key)).unwrap_err();
        assert_eq!(failure.message, format!("HTTP status 403: {} [key]", "é".repeat(190)));
        let failure = Failure::quoting(Status::UnknownError, "it says", Some(&"é".repeat(201)));
        assert_eq!(failure.message, format!("it says: {}...", "é".repeat(200)));
    }

    proptest! {
        #[test]
        fn no_body_is_a_panic(status in prop_oneof![Just(200_u16), 100_u16..600], body in prop::collection::vec(any::<u8>(), 0..64)) {
            let _: Result<Value, Failure> = whole(&Response { status, body }, None);
        }
    }
}
