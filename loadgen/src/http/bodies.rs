use httparse::{EMPTY_HEADER, Header, Response, Status, parse_chunk_size};

/// Longest head of a response, and most of its fields: Apache's own bounds on a request are 8 KiB a line and 100 fields.
const MAX_HEAD_BYTES: usize = 16 << 10;
const MAX_FIELDS: usize = 100;
/// Longest line with the size of a chunk, or field behind the last one.
const MAX_LINE_BYTES: usize = 4 << 10;

/// Why no replies can be taken out of what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The server did not do what it was asked to.
    #[error("HTTP status {0}")]
    Status(u16),
    /// What came is no response of HTTP/1.1 with a body of known length.
    #[error("no HTTP response: {0}")]
    Malformed(&'static str),
}

/// Takes the bodies out of the responses of a connection, however they are cut.
#[derive(Debug, Default)]
pub struct Bodies {
    stage: Stage,
    /// What came and is not understood yet.
    unread: Vec<u8>,
    ended: u32,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Head,
    /// So many bytes of a body.
    Body(usize),
    /// The line with the size of a chunk.
    ChunkSize,
    /// So many bytes of a chunk.
    Chunk(usize),
    /// The end of the line behind a chunk.
    ChunkEnd,
    /// Fields behind the last chunk.
    Trailer,
}

impl Bodies {
    /// Responses whose end has come.
    #[must_use]
    pub fn ended(&self) -> u32 {
        self.ended
    }

    /// Appends to `body` what these bytes hold of bodies.
    pub fn read(&mut self, bytes: &[u8], body: &mut Vec<u8>) -> Result<(), HttpError> {
        self.unread.extend_from_slice(bytes);
        let mut used = 0;
        while let Some((more, stage)) = self.stage.step(&self.unread[used..], body)? {
            used += more;
            let is_ended = stage == Stage::Head && self.stage != Stage::Head;
            // An interim response leads from head to head, and so does one without a body.
            let is_empty = self.stage == Stage::Head && stage == Stage::Body(0);
            self.ended += u32::from(is_ended || is_empty);
            self.stage = if is_empty { Stage::Head } else { stage };
        }
        self.unread.drain(..used);
        Ok(())
    }
}

impl Stage {
    /// One step: how many bytes it used, and what comes next; none where more bytes must come first.
    fn step(self, bytes: &[u8], body: &mut Vec<u8>) -> Result<Option<(usize, Self)>, HttpError> {
        match self {
            Self::Head => head(bytes),
            Self::Body(left) => Ok(copy(bytes, left, body).map(|used| (used, Self::left(left - used)))),
            Self::ChunkSize => chunk_size(bytes),
            Self::Chunk(left) => Ok(copy(bytes, left, body).map(|used| {
                let stage = if used == left { Self::ChunkEnd } else { Self::Chunk(left - used) };
                (used, stage)
            })),
            Self::ChunkEnd => match bytes {
                [] | [b'\r'] => Ok(None),
                [b'\r', b'\n', ..] => Ok(Some((2, Self::ChunkSize))),
                _ => Err(HttpError::Malformed("a chunk is longer than it said")),
            },
            Self::Trailer => match memchr::memchr(b'\n', bytes) {
                Some(lf) => Ok(Some((lf + 1, if lf <= 1 { Self::Head } else { Self::Trailer }))),
                None if bytes.len() > MAX_LINE_BYTES => Err(HttpError::Malformed("a field without end")),
                None => Ok(None),
            },
        }
    }

    fn left(bytes: usize) -> Self {
        if bytes == 0 { Self::Head } else { Self::Body(bytes) }
    }
}

/// Copies up to so many bytes; none where there is none.
fn copy(bytes: &[u8], most: usize, body: &mut Vec<u8>) -> Option<usize> {
    let used = bytes.len().min(most);
    body.extend_from_slice(&bytes[..used]);
    (used > 0).then_some(used)
}

fn head(bytes: &[u8]) -> Result<Option<(usize, Stage)>, HttpError> {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut response = Response::new(&mut fields);
    let length = match response.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) if bytes.len() <= MAX_HEAD_BYTES => return Ok(None),
        Ok(Status::Partial) => return Err(HttpError::Malformed("a head without end")),
        Err(_) => return Err(HttpError::Malformed("its head cannot be read")),
    };
    match response.code {
        Some(100..=199) => Ok(Some((length, Stage::Head))),
        Some(200) => Ok(Some((length, body_of(response.headers)?))),
        Some(status) => Err(HttpError::Status(status)),
        None => Err(HttpError::Malformed("it has no status")),
    }
}

fn body_of(fields: &[Header<'_>]) -> Result<Stage, HttpError> {
    let field = |name: &str| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value);
    if let Some(coding) = field("transfer-encoding") {
        let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
        return is_chunked.then_some(Stage::ChunkSize).ok_or(HttpError::Malformed("a transfer coding but chunked"));
    }
    let length = field("content-length").and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
    length.map(Stage::Body).ok_or(HttpError::Malformed("neither a length nor chunks"))
}

fn chunk_size(bytes: &[u8]) -> Result<Option<(usize, Stage)>, HttpError> {
    match parse_chunk_size(bytes) {
        Ok(Status::Complete((used, 0))) => Ok(Some((used, Stage::Trailer))),
        Ok(Status::Complete((used, size))) => {
            let size = usize::try_from(size).map_err(|_| HttpError::Malformed("a chunk beyond memory"))?;
            Ok(Some((used, Stage::Chunk(size))))
        }
        Ok(Status::Partial) if bytes.len() <= MAX_LINE_BYTES => Ok(None),
        Ok(Status::Partial) | Err(_) => Err(HttpError::Malformed("a chunk without a size")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const THREE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst\
                         HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n\
                         4;a=b\r\n sec\r\n3\r\nond\r\n0\r\nx: y\r\n\r\n\
                         HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

    fn read(pieces: &[&[u8]]) -> Result<(Vec<u8>, u32), HttpError> {
        let (mut bodies, mut body) = (Bodies::default(), Vec::new());
        for piece in pieces {
            bodies.read(piece, &mut body)?;
        }
        Ok((body, bodies.ended()))
    }

    proptest! {
        #[test]
        fn any_chunking_of_the_bytes_gives_the_same_bodies(cuts in prop::collection::vec(0..THREE.len(), 0..12)) {
            let mut cuts = cuts;
            cuts.extend([0, THREE.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &THREE.as_bytes()[cut[0]..cut[1]]).collect();
            prop_assert_eq!(read(&pieces), Ok((b"first second".to_vec(), 3)));
        }
    }

    #[test]
    fn a_response_has_ended_with_its_last_byte() {
        let all = THREE.as_bytes();
        let first = THREE.find("first").unwrap() + 5;
        assert_eq!(read(&[&all[..first - 1]]), Ok((b"firs".to_vec(), 0)));
        assert_eq!(read(&[&all[..first]]), Ok((b"first".to_vec(), 1)));
    }

    #[test]
    fn what_holds_no_replies_is_told() {
        let malformed = |text: &str| matches!(read(&[text.as_bytes()]), Err(HttpError::Malformed(_)));
        assert_eq!(read(&[b"HTTP/1.1 503 Unavailable\r\n\r\n"]), Err(HttpError::Status(503)));
        assert!(malformed("AT Goloman +0.1 kiwi +1+2 3\n"));
        assert!(malformed("HTTP/1.1 200 OK\r\n\r\n"));
        assert!(malformed("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"));
        assert!(malformed("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n"));
        assert!(malformed("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno size\r\n"));
        assert!(malformed("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n"));
        assert!(malformed(&format!("HTTP/1.1 200 OK\r\na: {}", "x".repeat(MAX_HEAD_BYTES))));
    }
}
