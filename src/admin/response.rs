use http::StatusCode;

use super::{Bad, Page, Readiness, Request, Status, request::Method};
use crate::metrics::{Metrics, TEXT_FORMAT, text_format};

const TEXT: &str = "text/plain; charset=utf-8";

const INDEX: &str = r#"<!doctype html>
<meta charset="utf-8">
<title>herd</title>
<ul>
<li><a href="/healthz">/healthz</a> whether the process answers
<li><a href="/readyz">/readyz</a> whether clients are taken
<li><a href="/status.json">/status.json</a> what the server knows of itself and its links
<li><a href="/metrics">/metrics</a> counters for Prometheus
</ul>
"#;

/// A response before it is bytes.
struct Response {
    status: StatusCode,
    content_type: &'static str,
    /// Whole header lines besides those that every response has.
    extra: &'static str,
    body: String,
}

/// Appends the response to a request.
pub fn respond(request: &Request, status: &Status, metrics: &Metrics, out: &mut Vec<u8>) {
    let response = match request.method {
        Method::Get | Method::Head => page(*request, status, metrics),
        Method::Other => {
            let refusal = Response::text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
            Response { extra: "Allow: GET, HEAD\r\n", ..refusal }
        }
    };
    response.head(out);
    if request.method != Method::Head {
        out.extend_from_slice(response.body.as_bytes());
    }
}

/// Appends the response to what is no request.
pub fn refuse(bad: Bad, out: &mut Vec<u8>) {
    let response = match bad {
        Bad::Malformed => Response::text(StatusCode::BAD_REQUEST, "not an HTTP/1 request"),
        Bad::TooLarge => Response::text(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the request's head is too large"),
    };
    response.head(out);
    out.extend_from_slice(response.body.as_bytes());
}

fn page(request: Request, status: &Status, metrics: &Metrics) -> Response {
    match request.page {
        Page::Index => Response::ok("text/html; charset=utf-8", INDEX.to_owned()),
        Page::Health => Response::text(StatusCode::OK, "ok"),
        Page::Ready => ready(status.readiness),
        Page::Status => status_json(status),
        Page::Metrics => metrics_page(request.reads_open_metrics, status, metrics),
        Page::Unknown => Response::text(StatusCode::NOT_FOUND, "no such page; / lists them"),
    }
}

fn ready(readiness: Readiness) -> Response {
    let code = match readiness {
        Readiness::Ready => StatusCode::OK,
        Readiness::Draining => StatusCode::SERVICE_UNAVAILABLE,
    };
    Response::text(code, readiness.as_str())
}

fn status_json(status: &Status) -> Response {
    match serde_json::to_string_pretty(status) {
        Ok(json) => Response::ok("application/json", json + "\n"),
        Err(error) => Response::text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn metrics_page(as_open_metrics: bool, status: &Status, metrics: &Metrics) -> Response {
    let mut body = String::new();
    metrics.observe(status.clients_known, status.journal.dropped, &status.places);
    metrics.render(&mut body);
    if as_open_metrics {
        Response::ok(Metrics::CONTENT_TYPE, body)
    } else {
        Response::ok(TEXT_FORMAT, text_format(&body))
    }
}

impl Response {
    fn ok(content_type: &'static str, body: String) -> Self {
        Self { status: StatusCode::OK, content_type, extra: "", body }
    }

    /// One line of text.
    fn text(status: StatusCode, line: &str) -> Self {
        Self { status, content_type: TEXT, extra: "", body: format!("{line}\n") }
    }

    /// Appends the head, which HEAD gets too, with the body's length.
    fn head(&self, out: &mut Vec<u8>) {
        let Self { status, content_type, extra, body } = self;
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\n{extra}Connection: close\r\n\r\n"
        );
        out.extend_from_slice(head.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        admin::{JournalStatus, LinkStatus, Reading},
        config::JournalMode,
        metrics::{Build, Direction},
        places::Counts,
        state::Digest,
    };

    fn status(readiness: Readiness) -> Status {
        let since = Some(UNIX_EPOCH + Duration::from_millis(1_520_023_934_918));
        let address = Some("127.0.0.1:12101".parse().unwrap());
        let link = LinkStatus { peer: "Hands".to_owned(), direction: Direction::Out, up: true, since, address };
        let down = LinkStatus { direction: Direction::In, up: false, since: None, address: None, ..link.clone() };
        Status {
            name: "Goloman".to_owned(),
            version: "0.1.0",
            engine: "threads",
            uptime_s: 1.5,
            readiness,
            clients_connected: 2,
            clients_known: 7,
            digest: Digest::default(),
            links: vec![link, down],
            places: Counts::default(),
            journal: JournalStatus { mode: JournalMode::Full, dropped: 3 },
        }
    }

    /// Head and body of the answer to a request line.
    fn ask(line: &str, readiness: Readiness) -> (String, String) {
        let Reading::Request(request) = Request::read(format!("{line} HTTP/1.1\r\n\r\n").as_bytes()) else {
            panic!("{line} is no request")
        };
        let metrics = Metrics::new(Build { name: "Goloman", version: "0.1.0", engine: "threads" }, []);
        let mut out = Vec::new();
        respond(&request, &status(readiness), &metrics, &mut out);
        split(out)
    }

    fn split(response: Vec<u8>) -> (String, String) {
        let text = String::from_utf8(response).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    #[test]
    fn pages_have_their_status_and_body() {
        for (line, readiness, code, body) in [
            ("GET /healthz", Readiness::Draining, "200 OK", "ok\n"),
            ("GET /readyz", Readiness::Ready, "200 OK", "ready\n"),
            ("GET /readyz", Readiness::Draining, "503 Service Unavailable", "draining\n"),
            ("GET /favicon.ico", Readiness::Ready, "404 Not Found", "no such page; / lists them\n"),
            ("GET /", Readiness::Ready, "200 OK", INDEX),
        ] {
            let (head, answer) = ask(line, readiness);
            assert!(head.starts_with(&format!("HTTP/1.1 {code}\r\n")), "{line}: {head}");
            assert_eq!(answer, body, "{line}");
        }
    }

    #[test]
    fn a_response_says_its_length_and_closes() {
        let (head, body) = ask("GET /metrics", Readiness::Ready);
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
        assert!(head.contains("\r\nContent-Type: text/plain; version=0.0.4;"), "{head}");
        assert!(head.ends_with("\r\nConnection: close"), "{head}");
        assert!(body.contains("\nherd_known_clients 7\n") && body.contains("\nherd_journal_dropped_events_total 3\n"));
    }

    #[test]
    fn head_is_get_without_the_body() {
        for page in ["/", "/status.json", "/readyz", "/nothing"] {
            let (get, _) = ask(&format!("GET {page}"), Readiness::Ready);
            assert_eq!(ask(&format!("HEAD {page}"), Readiness::Ready), (get, String::new()));
        }
    }

    #[test]
    fn other_methods_are_refused() {
        let (head, _) = ask("DELETE /status.json", Readiness::Ready);
        assert!(head.starts_with("HTTP/1.1 405 ") && head.contains("\r\nAllow: GET, HEAD\r\n"), "{head}");
    }

    #[test]
    fn bad_requests_are_answered() {
        for (bad, code) in [(Bad::Malformed, "400 Bad Request"), (Bad::TooLarge, "431 Request Header")] {
            let mut out = Vec::new();
            refuse(bad, &mut out);
            assert!(split(out).0.starts_with(&format!("HTTP/1.1 {code}")));
        }
    }

    #[test]
    fn the_status_is_json() {
        let (_, body) = ask("GET /status.json", Readiness::Draining);
        let expected = json!({
            "name": "Goloman", "version": "0.1.0", "engine": "threads", "uptime_s": 1.5,
            "ready": false, "state": "draining", "clients_connected": 2, "clients_known": 7,
            "digest": "0".repeat(32),
            "links": [
                { "peer": "Hands", "direction": "out", "up": true, "since": "2018-03-02T20:52:14.918Z",
                  "address": "127.0.0.1:12101" },
                { "peer": "Hands", "direction": "in", "up": false, "since": null, "address": null },
            ],
            "places": { "answered": 0, "empty": 0, "cached": 0, "failed": 0, "paused": 0, "busy": 0 },
            "journal": { "mode": "full", "dropped": 3 },
        });
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
    }
}
