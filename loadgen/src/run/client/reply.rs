use herd::protocol::{At, Name};
use memchr::{memchr, memmem};
use regex::bytes::Regex;
use serde::{Deserialize, de::IgnoredAny};

use crate::run::schedule::{Request, RequestFormat};

/// Longest reply line: a line that is echoed has 4,096 bytes (PROTOCOL 1.5), an AT line fewer.
const MAX_LINE: usize = 8 << 10;
/// Longest reply with its document: four times the bound on what a server takes from its provider.
const MAX_REPLY: usize = 4 << 20;

/// What a client of ours has told, and which of it a server has acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Client {
    /// Time of its newest IAMAT, in nanoseconds since 1970.
    pub(crate) told_ns: u64,
    /// Time of the newest acknowledged one, or 0.
    pub(crate) acknowledged_ns: u64,
    latitude_udeg: i32,
    longitude_udeg: i32,
}

/// A client of ours by its number, with what was acknowledged of it.
pub(crate) type AcknowledgedClient = (u32, Client);

impl Client {
    /// Notes that a server has confirmed an IAMAT.
    pub(crate) fn acknowledge(&mut self, request: Request, stamp_ns: u64) {
        if let Request::Iamat { latitude_udeg, longitude_udeg, .. } = request
            && stamp_ns >= self.acknowledged_ns
        {
            *self = Self { acknowledged_ns: stamp_ns, latitude_udeg, longitude_udeg, ..*self };
        }
    }
}

/// Where the reply at the start of a buffer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framed {
    /// More must come.
    Incomplete,
    /// The reply with its last LF has so many bytes.
    Reply(usize),
    /// No reply is this long.
    TooLong,
}

/// Finds the end of the reply to a request: a line, or after an AT line that answers WHATSAT the first empty line
/// (PROTOCOL 3.4).
pub(crate) fn frame(request: Request, buffer: &[u8]) -> Framed {
    let Some(lf) = memchr(b'\n', buffer) else {
        return if buffer.len() > MAX_LINE { Framed::TooLong } else { Framed::Incomplete };
    };
    if !matches!(request, Request::Whatsat { .. }) || !buffer.starts_with(b"AT ") {
        return Framed::Reply(lf + 1);
    }
    match memmem::find(&buffer[lf..], b"\n\n") {
        Some(at) => Framed::Reply(lf + at + 2),
        None if buffer.len() > MAX_REPLY => Framed::TooLong,
        None => Framed::Incomplete,
    }
}

/// What a right reply says of the places behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// All is well.
    Whole,
    /// A document with a status that names a failure of the provider (PROTOCOL 3.7): right, and worth counting.
    WithoutPlaces,
}

/// What is checked of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Its frame and its status.
    Frame,
    /// That it is JSON with no more results than were asked for.
    Whole,
}

/// Checks replies. Holds a buffer, so that checking allocates nothing.
#[derive(Debug)]
pub(crate) struct Checker {
    format: RequestFormat,
    expect: Option<Regex>,
    told: Vec<u8>,
}

impl Checker {
    pub(crate) fn new(format: RequestFormat, expect: Option<Regex>) -> Self {
        Self { format, expect, told: Vec::with_capacity(512) }
    }

    /// Whether these bytes, as `frame` found them, answer the request; `client` says who was asked about.
    pub(crate) fn judge(
        &mut self,
        request: Request,
        (number, client): (u32, &Client),
        stamp_ns: u64,
        reply: &[u8],
        depth: Depth,
    ) -> Option<Right> {
        let line_end = memchr(b'\n', reply)?;
        let line = reply[..line_end].strip_suffix(b"\r").unwrap_or(&reply[..line_end]);
        match request {
            Request::Iamat { .. } => self.is_answer(request, number, stamp_ns, line).then_some(Right::Whole),
            Request::Whatsat { bound, .. } => {
                self.shows(number, client, line)?;
                document(&reply[line_end + 1..], bound, depth)
            }
            Request::Raw { .. } => self.expect.as_ref()?.is_match(line).then_some(Right::Whole),
        }
    }

    /// `AT <name> <skew> ` and then the three fields that were sent, byte for byte.
    fn is_answer(&mut self, request: Request, number: u32, stamp_ns: u64, line: &[u8]) -> bool {
        self.told.clear();
        self.format.write_told(request, number, stamp_ns, &mut self.told);
        let Some(head) = line.strip_suffix(self.told.as_slice()) else { return false };
        let Some(head) = head.strip_prefix(b"AT ").and_then(|head| head.strip_suffix(b" ")) else { return false };
        let Some(space) = memchr(b' ', head) else { return false };
        Name::is_valid(&head[..space]) && is_skew(&head[space + 1..])
    }

    /// The AT line of this client, at least as new as what it was told is acknowledged.
    fn shows(&mut self, number: u32, client: &Client, line: &[u8]) -> Option<()> {
        let at = At::parse(line)?;
        self.told.clear();
        self.format.write_client(number, &mut self.told);
        if at.client != self.told {
            return None;
        }
        let shown_ns = at.time.seconds.checked_mul(1_000_000_000)?.checked_add(u64::from(at.time.nanos))?;
        if shown_ns == client.acknowledged_ns {
            let Client { latitude_udeg, longitude_udeg, .. } = *client;
            self.told.clear();
            let request = Request::Iamat { slot: 0, latitude_udeg, longitude_udeg };
            self.format.write_told(request, number, shown_ns, &mut self.told);
            return line.ends_with(&self.told).then_some(());
        }
        (shown_ns > client.acknowledged_ns).then_some(())
    }
}

/// A sign, digits, a point and nine digits (PROTOCOL 2.5).
fn is_skew(field: &[u8]) -> bool {
    let [b'+' | b'-', unsigned @ ..] = field else { return false };
    let Some(point) = unsigned.len().checked_sub(10).filter(|point| *point > 0) else { return false };
    let (whole, fraction) = unsigned.split_at(point);
    fraction[0] == b'.' && whole.iter().chain(&fraction[1..]).all(u8::is_ascii_digit)
}

/// What of a document is read.
#[derive(Deserialize)]
struct Document<'a> {
    results: Vec<IgnoredAny>,
    status: &'a str,
}

/// Checks a document with the two LFs that end it.
fn document(text: &[u8], bound: u8, depth: Depth) -> Option<Right> {
    let text = text.strip_suffix(b"\n\n")?;
    if !(text.starts_with(b"{") && text.ends_with(b"}")) {
        return None;
    }
    if depth == Depth::Whole {
        let document: Document<'_> = serde_json::from_slice(text).ok()?;
        return (document.results.len() <= usize::from(bound)).then(|| right(document.status.as_bytes()));
    }
    Some(right(status(text)?))
}

/// The value of the first member called `status`: the document's own, as no place has one.
fn status(text: &[u8]) -> Option<&[u8]> {
    let rest = &text[memmem::find(text, b"\"status\"")? + 8..];
    let rest = &rest[memchr(b'"', rest)? + 1..];
    Some(&rest[..memchr(b'"', rest)?])
}

fn right(status: &[u8]) -> Right {
    if matches!(status, b"OK" | b"ZERO_RESULTS") { Right::Whole } else { Right::WithoutPlaces }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::plan::tests::plan;

    const IAMAT: Request = Request::Iamat { slot: 0, latitude_udeg: 34_068_930, longitude_udeg: -118_445_127 };
    const WHATSAT: Request = Request::Whatsat { slot: 0, radius_km: 10, bound: 1 };
    const AT: &str = "AT Goloman +0.263873386 load-17 +34.068930-118.445127 1520023934.918963997\n";
    const STAMP: u64 = 1_520_023_934_918_963_997;

    fn judge(request: Request, client: &Client, reply: &str) -> Option<Right> {
        let mut checker = Checker::new(RequestFormat::new(&plan().workload), None);
        checker.judge(request, (17, client), STAMP, reply.as_bytes(), Depth::Whole)
    }

    #[test]
    fn an_at_line_repeats_the_three_fields() {
        let fresh = Client::default();
        assert_eq!(judge(IAMAT, &fresh, AT), Some(Right::Whole));
        assert_eq!(judge(IAMAT, &fresh, &AT.replace('\n', "\r\n")), Some(Right::Whole));
        for (right, wrong) in [
            ("load-17", "load-18"),
            ("load-17", "xload-17"),
            ("+34.068930", "+34.06893"),
            ("918963997", "918963996"),
            ("Goloman", "9oloman"),
            ("+0.263873386", "0.263873386"),
            ("+0.263873386", "+0.26387338"),
            ("AT ", "At "),
        ] {
            assert_eq!(judge(IAMAT, &fresh, &AT.replace(right, wrong)), None, "{wrong}");
        }
        assert_eq!(judge(IAMAT, &fresh, "? IAMAT load-17 +34.068930-118.445127 1520023934.918963997\n"), None);
    }

    #[test]
    fn a_whatsat_shows_what_was_acknowledged_or_newer() {
        let reply = format!("{AT}{{\"results\": [{{}}], \"status\": \"OK\"}}\n\n");
        let mut client = Client::default();
        client.acknowledge(IAMAT, STAMP);
        assert_eq!(judge(WHATSAT, &client, &reply), Some(Right::Whole));
        client.acknowledge(IAMAT, STAMP - 1);
        assert_eq!(client.acknowledged_ns, STAMP);
        let elsewhere = reply.replace("+34.0", "+35.0");
        assert_eq!(judge(WHATSAT, &client, &elsewhere), None, "another place at the same time");
        let newer = elsewhere.replace("918963997", "918963998");
        assert_eq!(judge(WHATSAT, &client, &newer), Some(Right::Whole));
        client.acknowledge(IAMAT, STAMP + 1);
        assert_eq!(judge(WHATSAT, &client, &reply), None, "older than what was acknowledged");
        assert_eq!(judge(WHATSAT, &client, &reply.replace("load-17", "load-1")), None);
    }

    #[test]
    fn a_document_has_at_most_as_many_results_and_says_how_it_went() {
        let with = |document: &str| judge(WHATSAT, &Client::default(), &format!("{AT}{document}\n\n"));
        assert_eq!(with(r#"{"results":[],"status":"ZERO_RESULTS"}"#), Some(Right::Whole));
        assert_eq!(with(r#"{"results":[],"status":"UNKNOWN_ERROR"}"#), Some(Right::WithoutPlaces));
        assert_eq!(with(r#"{"results":[{},{}],"status":"OK"}"#), None);
        assert_eq!(with(r#"{"results":[}"#), None);
        assert_eq!(with(""), None);
    }

    #[test]
    fn a_frame_ends_at_the_line_or_at_the_first_empty_one() {
        assert_eq!(frame(IAMAT, b"AT half"), Framed::Incomplete);
        assert_eq!(frame(IAMAT, b"AT x\nAT y\n"), Framed::Reply(5));
        assert_eq!(frame(WHATSAT, b"? WHATSAT\nmore"), Framed::Reply(10));
        assert_eq!(frame(WHATSAT, b"AT x\n{\n}\n"), Framed::Incomplete);
        assert_eq!(frame(WHATSAT, b"AT x\n{\n}\n\nAT"), Framed::Reply(10));
        assert_eq!(frame(WHATSAT, b"AT x\n\n"), Framed::Reply(6));
        assert_eq!(frame(IAMAT, &[b'x'; MAX_LINE + 1]), Framed::TooLong);
    }
}
