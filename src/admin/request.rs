use httparse::{EMPTY_HEADER, Error, Header};

/// Longest request head in bytes. nginx reads 8 KiB for a large one.
const MAX_HEAD_BYTES: usize = 8 << 10;

/// A media type in `Accept`.
const OPEN_METRICS: &[u8] = b"application/openmetrics-text";

/// Most header fields. Browsers send about 15.
const MAX_HEADERS: usize = 64;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    pub(super) method: Method,
    /// The page that the target names.
    pub page: Page,
    /// Whether the client reads `OpenMetrics`, as Prometheus says of itself.
    pub(super) reads_open_metrics: bool,
}

/// What the bytes so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The beginning of a request: read on.
    More,
    /// A request; what follows its head does not matter, for the connection closes.
    Request(Request),
    /// Nothing that can become a request.
    Bad(Bad),
}

/// Why bytes are no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// Not HTTP/1.
    Malformed,
    /// The head is longer than 8 KiB or has more than 64 fields.
    TooLarge,
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `/`
    Index,
    /// `/healthz`
    Health,
    /// `/readyz`
    Ready,
    /// `/status.json`
    Status,
    /// `/metrics`
    Metrics,
    /// Anything else.
    Unknown,
}

/// How it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Other,
}

impl Request {
    /// Reads a request head from all bytes that have come so far. Whatever the bytes, 8 KiB of them are decided.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Reading {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&bytes[..bytes.len().min(MAX_HEAD_BYTES)]) {
            Ok(status) if status.is_partial() && bytes.len() < MAX_HEAD_BYTES => Reading::More,
            Ok(status) if status.is_partial() => Reading::Bad(Bad::TooLarge),
            Ok(_) => Reading::Request(Self {
                method: Method::of(request.method.unwrap_or_default()),
                page: Page::of(request.path.unwrap_or_default()),
                reads_open_metrics: reads_open_metrics(request.headers),
            }),
            Err(Error::TooManyHeaders) => Reading::Bad(Bad::TooLarge),
            Err(_) => Reading::Bad(Bad::Malformed),
        }
    }
}

fn reads_open_metrics(headers: &[Header<'_>]) -> bool {
    let accepted = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("accept"));
    accepted
        .into_iter()
        .any(|header| header.value.to_ascii_lowercase().windows(OPEN_METRICS.len()).any(|one| one == OPEN_METRICS))
}

impl Method {
    fn of(token: &str) -> Self {
        match token {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            _ => Self::Other,
        }
    }
}

impl Page {
    fn of(target: &str) -> Self {
        match path(target) {
            "/" => Self::Index,
            "/healthz" => Self::Health,
            "/readyz" => Self::Ready,
            "/status.json" => Self::Status,
            "/metrics" => Self::Metrics,
            _ => Self::Unknown,
        }
    }
}

/// The path of a target in origin form or absolute form (RFC 9112 section 3.2), without the query.
fn path(target: &str) -> &str {
    let origin = match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    origin.split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CURL: &[u8] =
        b"GET /metrics?x=/y HTTP/1.1\r\nHost: localhost:12200\r\nUser-Agent: curl\r\nAccept: */*\r\n\r\n";

    fn get(page: Page) -> Reading {
        Reading::Request(Request { method: Method::Get, page, reads_open_metrics: false })
    }

    #[test]
    fn targets_name_pages() {
        for (target, page) in [
            ("/", Page::Index),
            ("/healthz", Page::Health),
            ("/readyz?verbose", Page::Ready),
            ("http://localhost:12200/status.json", Page::Status),
            ("http://localhost", Page::Index),
            ("/metrics/", Page::Unknown),
            ("*", Page::Unknown),
        ] {
            assert_eq!(Request::read(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes()), get(page), "{target}");
        }
    }

    #[test]
    fn every_beginning_waits_for_more() {
        for end in 0..CURL.len() {
            assert_eq!(Request::read(&CURL[..end]), Reading::More, "{end}");
        }
        assert_eq!(Request::read(CURL), get(Page::Metrics));
        assert_eq!(Request::read(&[CURL, &[0xff; 9000]].concat()), get(Page::Metrics));
    }

    #[test]
    fn methods_are_told_apart() {
        for (token, method) in [("HEAD", Method::Head), ("get", Method::Other), ("POST", Method::Other)] {
            let bytes = format!("{token} / HTTP/1.1\r\n\r\n");
            assert_eq!(
                Request::read(bytes.as_bytes()),
                Reading::Request(Request { method, page: Page::Index, reads_open_metrics: false })
            );
        }
    }

    #[test]
    fn open_metrics_is_for_who_asks() {
        for (accept, reads) in [
            ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", true),
            ("text/plain;version=0.0.4", false),
            ("*/*", false),
        ] {
            let bytes = format!("GET /metrics HTTP/1.1\r\nACCEPT: {accept}\r\n\r\n");
            let Reading::Request(request) = Request::read(bytes.as_bytes()) else { panic!("{accept}") };
            assert_eq!(request.reads_open_metrics, reads, "{accept}");
        }
    }

    #[test]
    fn heads_are_bounded() {
        let long = |len: usize| format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(len - 23)).into_bytes();
        assert_eq!(long(100).len(), 100);
        assert_eq!(Request::read(&long(MAX_HEAD_BYTES)), get(Page::Index));
        assert_eq!(Request::read(&long(MAX_HEAD_BYTES + 1)), Reading::Bad(Bad::TooLarge));
        assert_eq!(Request::read(&long(MAX_HEAD_BYTES + 1)[..MAX_HEAD_BYTES]), Reading::Bad(Bad::TooLarge));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(MAX_HEADERS + 1));
        assert_eq!(Request::read(many.as_bytes()), Reading::Bad(Bad::TooLarge));
    }

    #[test]
    fn other_protocols_are_malformed() {
        for bytes in [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], b"IAMAT kiwi +1+2 3\n\n", b"\x16\x03\x01\x02"] {
            assert_eq!(Request::read(bytes), Reading::Bad(Bad::Malformed));
        }
    }

    fn near_requests() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just("GET ".to_owned()),
            Just("/metrics".to_owned()),
            Just(" HTTP/1.1".to_owned()),
            Just("\r\n".to_owned()),
            Just("\n".to_owned()),
            Just("Host: x".to_owned()),
            "\\PC{0,4}",
        ];
        let bytes = prop_oneof![any::<Vec<u8>>(), part.prop_map(String::into_bytes)];
        proptest::collection::vec(bytes, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        /// Reading after each byte decides as reading all at once does, unless more is wanted.
        #[test]
        fn any_chunking_decides_alike(bytes in near_requests()) {
            let first = (0..=bytes.len()).map(|end| Request::read(&bytes[..end])).find(|r| *r != Reading::More);
            prop_assert_eq!(first.unwrap_or(Reading::More), Request::read(&bytes));
        }

        #[test]
        fn enough_bytes_are_always_decided(bytes in proptest::collection::vec(any::<u8>(), MAX_HEAD_BYTES)) {
            prop_assert_ne!(Request::read(&bytes), Reading::More);
        }
    }
}
