use std::rc::Rc;

use serde_json::json;

use super::request::Refusal;

/// A response, ready to be written.
pub(super) type Response = Rc<[u8]>;

/// A response whose body is a JSON text.
pub(super) fn response(status: u16, body: &[u8]) -> Response {
    let phrase = match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        _ => "Internal Server Error",
    };
    let allow = if status == 405 { "allow: GET\r\n" } else { "" };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} {phrase}\r\ncontent-type: application/json; charset=UTF-8\r\n{allow}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat().into()
}

/// What a request that is not served gets, in the shape of a Nearby Search.
pub(super) fn refusal(refusal: Refusal) -> Response {
    failure(refusal.status, "INVALID_REQUEST", refusal.why)
}

/// What a request gets that is to fail.
pub(super) fn injected_error() -> Response {
    failure(500, "UNKNOWN_ERROR", "this error was asked for with --error-rate")
}

fn failure(status: u16, word: &str, why: &str) -> Response {
    let body = json!({ "error_message": why, "html_attributions": [], "results": [], "status": word });
    response(status, body.to_string().as_bytes())
}
