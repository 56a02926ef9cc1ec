use std::{
    borrow::Cow,
    io::{self, ErrorKind, Read},
    mem,
};

use flate2::bufread::MultiGzDecoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};
use ureq_proto::{
    BodyMode,
    client::{
        Call, RecvBodyResult, RecvResponseResult, SendRequestResult,
        state::{Prepare, RecvBody, RecvResponse},
    },
};

use super::{CallError, Method, Request, Response};
use crate::config::Limits;

/// Room for the head of a response: what a call holds while it waits for its provider. Most answers fit in it whole.
const HEAD_ROOM: usize = 8 * 1024;
/// Room for what follows the head of a longer answer.
const BODY_ROOM: usize = 16 * 1024;

/// An HTTP/1.1 request and its response: bytes out, then bytes in. It follows no redirect.
///
/// The caller sends what [`Self::new`] appends to its output, then reads into [`Self::space`] until [`Self::received`] gives
/// the response.
#[derive(Debug)]
pub struct Exchange {
    stage: Stage,
    max_body: usize,
    /// What came and is not used yet, up to `filled`, then room for more.
    input: Vec<u8>,
    filled: usize,
    /// Bytes of interim responses.
    interim: usize,
    /// The body so far, without its framing.
    body: Vec<u8>,
}

#[derive(Debug)]
enum Stage {
    Head(Call<RecvResponse>),
    Body(Call<RecvBody>, Head),
    Ended,
}

/// What a response's head says, as far as it matters here.
#[derive(Clone, Copy, Debug)]
struct Head {
    status: u16,
    is_gzip: bool,
}

/// A whole response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What it says.
    pub response: Response,
    /// Whether its connection may carry another request.
    pub can_reuse: bool,
}

impl Exchange {
    /// Begins an exchange and appends the request to `out`. A body of more than `max_body` bytes, decompressed, is refused.
    pub fn new(request: &Request, max_body: usize, out: &mut Vec<u8>) -> Result<Self, CallError> {
        let call = prepare(request).and_then(|call| write(call, request, out)).ok_or(CallError::Protocol)?;
        let (input, body) = (Vec::new(), Vec::new());
        Ok(Self { stage: Stage::Head(call), max_body, input, filled: 0, interim: 0, body })
    }

    /// Where the next bytes of the response belong.
    pub fn space(&mut self) -> &mut [u8] {
        let room = match &self.stage {
            Stage::Head(_) | Stage::Ended => HEAD_ROOM,
            Stage::Body(call, _) => match call.body_mode() {
                BodyMode::LengthDelimited(left) => usize::try_from(left).map_or(BODY_ROOM, |left| left.min(BODY_ROOM)),
                BodyMode::Chunked | BodyMode::CloseDelimited => BODY_ROOM,
                BodyMode::NoBody => HEAD_ROOM,
            },
        };
        if self.input.len() - self.filled < room.div_ceil(2) {
            self.input.resize(self.filled + room, 0);
        }
        &mut self.input[self.filled..]
    }

    /// Says that `count` bytes came into [`Self::space`], 0 at the end of input; gives the response when it is complete.
    pub fn received(&mut self, count: usize) -> Result<Option<Received>, CallError> {
        if count == 0 {
            return self.end();
        }
        self.filled += count;
        match mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Head(call) => self.read_head(call),
            Stage::Body(call, head) => self.read_body(call, head),
            Stage::Ended => Err(CallError::Protocol),
        }
    }

    /// What it is called when the connection breaks now.
    #[must_use]
    pub fn broken(&self) -> CallError {
        match self.stage {
            Stage::Head(_) => CallError::Connect,
            Stage::Body(..) | Stage::Ended => CallError::Truncated,
        }
    }

    /// Whether no byte of a response has come.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        matches!(self.stage, Stage::Head(_)) && self.interim + self.filled == 0
    }

    /// The end of input is the end of the body only where nothing else says where that is.
    fn end(&mut self) -> Result<Option<Received>, CallError> {
        match self.stage {
            Stage::Body(ref call, head) if call.body_mode() == BodyMode::CloseDelimited => self.finish(head, false),
            Stage::Head(_) | Stage::Body(..) | Stage::Ended => Err(self.broken()),
        }
    }

    /// Passes over interim responses.
    fn read_head(&mut self, mut call: Call<RecvResponse>) -> Result<Option<Received>, CallError> {
        loop {
            let read = call.try_response(&self.input[..self.filled], false);
            let (used, response) = read.map_err(|_| CallError::Protocol)?;
            self.consume(used);
            match response {
                Some(response) => return self.begin_body(call, &response),
                None if used > 0 => self.interim += used,
                None if self.interim + self.filled > Limits::MAX_RESPONSE_HEAD => return Err(CallError::Protocol),
                None => {
                    self.stage = Stage::Head(call);
                    return Ok(None);
                }
            }
        }
    }

    fn begin_body(
        &mut self,
        call: Call<RecvResponse>,
        response: &http::Response<()>,
    ) -> Result<Option<Received>, CallError> {
        let coding = response.headers().get(CONTENT_ENCODING);
        let is_gzip = coding.is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"));
        let head = Head { status: response.status().as_u16(), is_gzip };
        match call.proceed().ok_or(CallError::Protocol)? {
            RecvResponseResult::RecvBody(call) => {
                if let BodyMode::LengthDelimited(length) = call.body_mode() {
                    let fits = usize::try_from(length).ok().filter(|length| *length <= self.max_body);
                    self.body.reserve_exact(fits.ok_or(CallError::BodyTooLarge)?);
                }
                self.read_body(call, head)
            }
            RecvResponseResult::Cleanup(call) => self.finish(head, !call.must_close_connection()),
            RecvResponseResult::Redirect(call) => self.finish(head, !call.must_close_connection()),
        }
    }

    fn read_body(&mut self, mut call: Call<RecvBody>, head: Head) -> Result<Option<Received>, CallError> {
        let mut used = 0;
        while used < self.filled {
            let start = self.body.len();
            self.body.resize(start + self.filled - used, 0);
            let read = call.read(&self.input[used..self.filled], &mut self.body[start..]);
            let (taken, given) = read.map_err(|_| CallError::Protocol)?;
            self.body.truncate(start + given);
            if self.body.len() > self.max_body {
                return Err(CallError::BodyTooLarge);
            }
            if taken == 0 {
                break;
            }
            used += taken;
        }
        self.consume(used);
        if call.body_mode() == BodyMode::CloseDelimited || !call.can_proceed() {
            self.stage = Stage::Body(call, head);
            // What is not used up is the beginning of a chunk's size, or of a trailer.
            return if self.filled > Limits::MAX_RESPONSE_HEAD { Err(CallError::Protocol) } else { Ok(None) };
        }
        match call.proceed().ok_or(CallError::Protocol)? {
            RecvBodyResult::Cleanup(call) => self.finish(head, !call.must_close_connection()),
            RecvBodyResult::Redirect(call) => self.finish(head, !call.must_close_connection()),
        }
    }

    fn consume(&mut self, used: usize) {
        self.input.copy_within(used..self.filled, 0);
        self.filled -= used;
    }

    /// What comes after a response that was not asked for twice is no answer to the next request.
    fn finish(&mut self, head: Head, may_stay: bool) -> Result<Option<Received>, CallError> {
        self.stage = Stage::Ended;
        let mut body = mem::take(&mut self.body);
        if head.is_gzip && !body.is_empty() {
            body = decompressed(&body, self.max_body)?;
        }
        let response = Response { status: head.status, body };
        Ok(Some(Received { response, can_reuse: may_stay && self.filled == 0 }))
    }
}

fn prepare(request: &Request) -> Option<Call<Prepare>> {
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
    };
    let mut head = http::Request::builder().method(method).uri(request.url.as_str());
    for (name, value) in &request.headers {
        let value = match value {
            Cow::Borrowed(value) => HeaderValue::from_static(value),
            Cow::Owned(value) => HeaderValue::from_str(value).ok()?,
        };
        head = head.header(*name, value);
    }
    if request.method == Method::Post {
        head = head.header(CONTENT_LENGTH, request.body.len());
    }
    let head = head.header(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    Call::new(head.body(()).ok()?).ok()
}

fn write(call: Call<Prepare>, request: &Request, out: &mut Vec<u8>) -> Option<Call<RecvResponse>> {
    let mut call = call.proceed();
    let mut end = out.len();
    let headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    // The URL twice, for the host is in a header of its own; and room for what else a head holds.
    out.resize(end + 2 * request.url.len() + headers + request.body.len() + 256, 0);
    end += call.write(&mut out[end..]).ok()?;
    let call = match call.proceed().ok()?? {
        SendRequestResult::RecvResponse(call) => call,
        SendRequestResult::SendBody(mut call) => {
            end += call.write(&request.body, &mut out[end..]).ok()?.1;
            call.proceed()?
        }
        SendRequestResult::Await100(_) => return None,
    };
    out.truncate(end);
    Some(call)
}

/// Decompresses a body, but not beyond its limit, whatever it is compressed to.
fn decompressed(body: &[u8], max_body: usize) -> Result<Vec<u8>, CallError> {
    let mut whole = Vec::new();
    let read = MultiGzDecoder::new(body).take(max_body as u64 + 1).read_to_end(&mut whole);
    read.map_err(|error: io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => CallError::Truncated,
        _ => CallError::Protocol,
    })?;
    if whole.len() > max_body { Err(CallError::BodyTooLarge) } else { Ok(whole) }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    const MAX_BODY: usize = 1 << 16;

    fn get() -> Request {
        let headers = vec![("accept", "application/json".into())];
        Request { method: Method::Get, url: "http://127.0.0.1:8080/a?b=c".to_owned(), headers, body: Vec::new() }
    }

    /// Gives the bytes in pieces of these sizes, over and over; then, unless all is said, the end of input.
    fn receive(bytes: &[u8], sizes: &[usize]) -> Result<Received, CallError> {
        let mut exchange = Exchange::new(&get(), MAX_BODY, &mut Vec::new()).unwrap();
        let (mut left, mut sizes) = (bytes, sizes.iter().cycle());
        loop {
            let space = exchange.space();
            let count = (*sizes.next().unwrap()).min(left.len()).min(space.len());
            space[..count].copy_from_slice(&left[..count]);
            left = &left[count..];
            if let Some(received) = exchange.received(count)? {
                assert!(left.is_empty() || !received.can_reuse || sizes.next().is_some());
                return Ok(received);
            }
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn whole(headers: &str, body: &[u8]) -> Vec<u8> {
        [format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }

    fn chunked(body: &[u8], size: usize) -> Vec<u8> {
        let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for chunk in body.chunks(size) {
            bytes.extend([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
        }
        bytes.extend(b"0\r\n\r\n");
        bytes
    }

    #[test]
    fn a_request_is_what_it_was_asked_to_be() {
        let mut out = b"before ".to_vec();
        Exchange::new(&get(), MAX_BODY, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap().replace("\r\n", "|"), @"before GET /a?b=c HTTP/1.1|host: 127.0.0.1:8080|accept: application/json|accept-encoding: gzip||");
        let (mut out, mut post) = (Vec::new(), get());
        (post.method, post.body) = (Method::Post, b"{}".to_vec());
        Exchange::new(&post, MAX_BODY, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap().replace("\r\n", "|"), @"POST /a?b=c HTTP/1.1|host: 127.0.0.1:8080|accept: application/json|content-length: 2|accept-encoding: gzip||{}");
    }

    proptest! {
        #[test]
        fn any_cutting_of_the_bytes_gives_the_same_response(
            body in prop::collection::vec(any::<u8>(), 0..40_000),
            size in 1..5_000_usize,
            sizes in prop::collection::vec(1..20_000_usize, 1..8),
            interim in 0..3_usize,
        ) {
            let closing = [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", body.as_slice()].concat();
            for (response, can_reuse) in [
                (whole("", &body), true),
                (whole("connection: close\r\n", &body), false),
                (whole("content-encoding: gzip\r\n", &gzip(&body)), true),
                (chunked(&body, size), true),
                (closing, false),
            ] {
                let bytes = [b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n".repeat(interim), response].concat();
                let received = receive(&bytes, &sizes).unwrap();
                prop_assert_eq!(received.response.status, 200);
                prop_assert_eq!(&received.response.body, &body);
                prop_assert_eq!(received.can_reuse, can_reuse);
            }
        }

        #[test]
        fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 1..200), sizes in prop::collection::vec(1..50_usize, 1..4)) {
            let after_head = [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", bytes.as_slice()].concat();
            for bytes in [&bytes, &after_head] {
                let _: Result<Received, CallError> = receive(bytes, &sizes);
            }
        }
    }

    #[test]
    fn bodies_are_not_read_beyond_their_limit() {
        let long = vec![b' '; MAX_BODY + 1];
        for bytes in [
            whole("", &long),
            b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n".to_vec(),
            chunked(&long, 1000),
            [b"HTTP/1.1 200 OK\r\n\r\n", long.as_slice()].concat(),
            whole("content-encoding: gzip\r\n", &gzip(&long)),
            whole("content-encoding: gzip\r\n", &gzip(&long[1..]).repeat(2)),
        ] {
            assert_eq!(receive(&bytes, &[usize::MAX]), Err(CallError::BodyTooLarge));
        }
        assert_eq!(receive(&whole("", &long[1..]), &[usize::MAX]).unwrap().response.body.len(), MAX_BODY);
    }

    #[test]
    fn what_breaks_off_is_told_from_what_is_no_http() {
        let zipped = gzip(b"{}");
        for (bytes, error) in [
            (Vec::new(), CallError::Connect),
            (b"HTTP/1.1 200 OK\r\ncontent-le".to_vec(), CallError::Connect),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{".to_vec(), CallError::Truncated),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n".to_vec(), CallError::Truncated),
            (whole("content-encoding: gzip\r\n", &zipped[..zipped.len() - 3]), CallError::Truncated),
            (whole("content-encoding: gzip\r\n", &[b' '; 20]), CallError::Protocol),
            (b"220 smtp.example ESMTP\r\n\r\n".to_vec(), CallError::Protocol),
            (b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n".to_vec(), CallError::Protocol),
            (b"HTTP/1.1 102 Processing\r\n\r\n".repeat(1000), CallError::Protocol),
            (
                format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(Limits::MAX_RESPONSE_HEAD)).into_bytes(),
                CallError::Protocol,
            ),
            (
                format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", "0".repeat(MAX_BODY)).into_bytes(),
                CallError::Protocol,
            ),
        ] {
            assert_eq!(receive(&bytes, &[1000]), Err(error), "{:.60}", bytes.escape_ascii().to_string());
        }
    }

    #[test]
    fn responses_without_a_body_leave_the_connection_as_it_was() {
        for status in
            ["204 No Content", "304 Not Modified\r\ncontent-length: 9", "302 Found\r\nlocation: /\r\ncontent-length: 0"]
        {
            let received = receive(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes(), &[7]).unwrap();
            assert!(received.can_reuse && received.response.body.is_empty(), "{status}");
        }
    }

    #[test]
    fn what_comes_unasked_ends_the_connection() {
        let bytes = [whole("", b"{}"), b"HTTP/1.1 ".to_vec()].concat();
        assert!(!receive(&bytes, &[usize::MAX]).unwrap().can_reuse);
    }
}
