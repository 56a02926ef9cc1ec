use herd::protocol::Query;
use http::StatusCode;
use httparse::{EMPTY_HEADER, Error, Header, Status};

use super::delay::Delay;

/// Longest request head: Apache's and nginx's limit of a line, and a server's request has far less.
const MAX_HEAD_BYTES: usize = 8 * 1024;
/// Most header fields.
const MAX_HEADERS: usize = 64;

/// A request whose head is complete.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    pub(super) resource: Resource,
    /// Nothing more will be asked on its connection.
    pub(super) is_last: bool,
    /// Its length.
    pub(super) bytes: usize,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Resource {
    /// The places around a point.
    Nearby(Query),
    /// The server's own counts.
    Stats,
    /// From now on, this delay.
    Delay(Delay),
    /// Nothing that there is.
    Refused(Refusal),
}

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status: 400, 404, 405 or 431.
    pub(super) status: StatusCode,
    pub(super) why: &'static str,
}

impl Refusal {
    const LARGE: Self =
        Self { status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why: "the head has more than 8 KiB or 64 fields" };

    fn bad(why: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, why }
    }
}

/// Reads a request from the beginning of the input; `None` when its end has not come. After a refusal as an error it is
/// unknown where the next request begins.
pub(super) fn parse(input: &[u8]) -> Result<Option<Request>, Refusal> {
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(input) {
        Ok(Status::Complete(bytes)) if bytes <= MAX_HEAD_BYTES => understood(&request, bytes).map(Some),
        Ok(Status::Partial) if input.len() <= MAX_HEAD_BYTES => Ok(None),
        Ok(_) | Err(Error::TooManyHeaders) => Err(Refusal::LARGE),
        Err(_) => Err(Refusal::bad("this is no HTTP request")),
    }
}

fn understood(request: &httparse::Request, bytes: usize) -> Result<Request, Refusal> {
    if has_body(request.headers) {
        return Err(Refusal::bad("a request with a body is not understood"));
    }
    let is_last = match field(request.headers, "connection") {
        Some(value) => value.eq_ignore_ascii_case(b"close"),
        // A connection of HTTP/1.0 ends with its answer unless the client asks otherwise.
        None => request.version == Some(0),
    };
    let resource = resource(request.method.unwrap_or_default(), request.path.unwrap_or_default());
    Ok(Request { resource: resource.unwrap_or_else(Resource::Refused), is_last, bytes })
}

fn has_body(headers: &[Header]) -> bool {
    let length = field(headers, "content-length").is_some_and(|value| value != b"0");
    length || field(headers, "transfer-encoding").is_some()
}

fn field<'a>(headers: &[Header<'a>], name: &str) -> Option<&'a [u8]> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

fn resource(method: &str, target: &str) -> Result<Resource, Refusal> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match (path, method) {
        ("/maps/api/place/nearbysearch/json", "GET") => nearby(query).map(Resource::Nearby),
        ("/stats", "GET") => Ok(Resource::Stats),
        ("/delay", "POST") => delay(query).map(Resource::Delay),
        ("/delay", _) => Err(Refusal { status: StatusCode::METHOD_NOT_ALLOWED, why: "a delay is told by POST" }),
        ("/maps/api/place/nearbysearch/json" | "/stats", _) => {
            Err(Refusal { status: StatusCode::METHOD_NOT_ALLOWED, why: "only GET is understood" })
        }
        (_, _) => Err(Refusal {
            status: StatusCode::NOT_FOUND,
            why: "there is only /maps/api/place/nearbysearch/json, /stats and /delay",
        }),
    }
}

fn delay(query: &str) -> Result<Delay, Refusal> {
    query.parse().map_err(|_| Refusal::bad("the query is no delay such as 50ms or exp:50ms"))
}

/// The query of `location=LAT,LNG&radius=METRES`; other parameters, such as the key, are of no concern.
fn nearby(query: &str) -> Result<Query, Refusal> {
    let value = |name| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let location = value("location").and_then(|text| coordinates(text, ",").or_else(|| coordinates(text, "%2C")));
    let (latitude_deg, longitude_deg) = location.ok_or(Refusal::bad("location is not LAT,LNG in degrees"))?;
    let radius_m = value("radius").and_then(|text| within(text, 0.0, f64::MAX));
    let radius_m = radius_m.ok_or(Refusal::bad("radius is no number of metres"))?;
    Ok(Query { latitude_deg, longitude_deg, radius_m, bound: Query::MAX_BOUND }.clamped())
}

fn coordinates(text: &str, separator: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(separator)?;
    Some((within(latitude, -90.0, 90.0)?, within(longitude, -180.0, 180.0)?))
}

fn within(text: &str, from: f64, to: f64) -> Option<f64> {
    text.parse().ok().filter(|number| (from..=to).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "GET /maps/api/place/nearbysearch/json?location=34.0689300,-118.4451270&radius=10000.000&key=x";

    fn resource_of(line: &str) -> Resource {
        parse(format!("{line} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).unwrap().unwrap().resource
    }

    #[test]
    fn a_search_is_understood_at_any_cut() {
        let text = format!("{HEAD} HTTP/1.1\r\nhost: x\r\naccept: */*\r\n\r\nGET");
        let end = text.len() - 3;
        for cut in 0..end {
            assert_eq!(parse(&text.as_bytes()[..cut]), Ok(None), "{cut}");
        }
        let query = Query { latitude_deg: 34.06893, longitude_deg: -118.445_127, radius_m: 10_000.0, bound: 20 };
        let expected = Request { resource: Resource::Nearby(query), is_last: false, bytes: end };
        assert_eq!(parse(text.as_bytes()), Ok(Some(expected)));
    }

    #[test]
    fn the_last_request_of_a_connection_says_so() {
        for (text, is_last) in [
            ("HTTP/1.1\r\n\r\n", false),
            ("HTTP/1.1\r\nConnection: Close\r\n\r\n", true),
            ("HTTP/1.0\r\n\r\n", true),
            ("HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", false),
        ] {
            let request = parse(format!("GET /stats {text}").as_bytes()).unwrap().unwrap();
            assert_eq!((request.resource, request.is_last), (Resource::Stats, is_last), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_refused_and_the_connection_stays() {
        let nearby = "GET /maps/api/place/nearbysearch/json";
        for (line, status) in [
            ("GET /".to_owned(), 404),
            ("POST /stats".to_owned(), 405),
            ("GET /delay?5ms".to_owned(), 405),
            ("POST /delay?soon".to_owned(), 400),
            (nearby.to_owned(), 400),
            (format!("{nearby}?location=1,2"), 400),
            (format!("{nearby}?location=1,2&radius=-1"), 400),
            (format!("{nearby}?location=1,2&radius=nan"), 400),
            (format!("{nearby}?location=91,2&radius=1"), 400),
            (format!("{nearby}?location=1;2&radius=1"), 400),
        ] {
            let Resource::Refused(refusal) = resource_of(&line) else { panic!("{line} is served") };
            assert_eq!(refusal.status, status, "{line}");
        }
        assert!(matches!(resource_of(&format!("{nearby}?radius=1e9&location=1%2C2")), Resource::Nearby(_)));
    }

    #[test]
    fn what_is_no_request_ends_the_connection() {
        let fields = |count: usize| "a: b\r\n".repeat(count);
        for (text, status) in [
            ("\0\u{1}\r\n\r\n".to_owned(), 400),
            ("GET / HTTP/1.1\r\ncontent-length: 5\r\n\r\n".to_owned(), 400),
            ("GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n".to_owned(), 400),
            (format!("GET / HTTP/1.1\r\n{}\r\n", fields(65)), 431),
            (format!("GET /{}", "x".repeat(MAX_HEAD_BYTES)), 431),
            (format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(MAX_HEAD_BYTES)), 431),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().status, status, "{text:.60}");
        }
    }
}
