use std::{
    borrow::Cow,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::http::{Bodies, Transport};

/// Longest line that is taken from a server; the longest right one is the echo of an oversized line, 4,099 bytes.
const MAX_LINE: usize = 16 << 10;
/// Longest places document that is taken; a provider's body has at most 1 MiB.
const MAX_DOCUMENT: usize = 4 << 20;
/// Pause between the bytes of a drip, so that each travels in a segment of its own.
const DRIP_PAUSE: Duration = Duration::from_micros(200);

/// A connection to a server, with an absolute deadline on each act.
pub(super) struct Wire {
    stream: TcpStream,
    transport: Transport,
    bodies: Option<Bodies>,
    inbox: Vec<u8>,
    ended: Option<Ending>,
    /// What was sent by the last write.
    pub(super) sent: Vec<u8>,
}

/// Why no more will come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The server closed.
    Closed,
    /// The connection broke.
    Broken(String),
}

/// What there was when something else was awaited.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shortfall {
    /// Why it was not what was awaited, in a clause.
    pub(super) why: String,
    /// What had come.
    pub(super) got: Vec<u8>,
}

impl Wire {
    pub(super) fn connect(addr: SocketAddr, timeout: Duration, transport: Transport) -> io::Result<Self> {
        Self::over(TcpStream::connect_timeout(&addr, timeout)?, transport)
    }

    pub(super) fn over(stream: TcpStream, transport: Transport) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, transport, bodies: transport.bodies(), inbox: Vec::new(), ended: None, sent: Vec::new() })
    }

    /// Writes all bytes, or fails within the timeout.
    pub(super) fn send(&mut self, bytes: &[u8], timeout: Duration) -> io::Result<()> {
        self.sent = bytes.to_vec();
        let deadline = Instant::now() + timeout;
        let request = self.wrapped(bytes)?;
        let mut rest = &*request;
        while !rest.is_empty() {
            self.stream.set_write_timeout(Some(left(deadline).ok_or(io::ErrorKind::TimedOut)?))?;
            match self.stream.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn wrapped<'b>(&self, bytes: &'b [u8]) -> io::Result<Cow<'b, [u8]>> {
        if self.transport == Transport::Lines {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut request = bytes.to_vec();
        self.transport.wrap(self.stream.peer_addr()?, 0, &mut request);
        Ok(Cow::Owned(request))
    }

    /// Writes the bytes one by one.
    pub(super) fn drip(&mut self, bytes: &[u8], timeout: Duration) -> io::Result<()> {
        for byte in bytes {
            self.send(&[*byte], timeout)?;
            std::thread::sleep(DRIP_PAUSE);
        }
        self.sent = bytes.to_vec();
        Ok(())
    }

    /// Ends our sending side.
    pub(super) fn half_close(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Takes the next line, without its LF.
    pub(super) fn line(&mut self, timeout: Duration) -> Result<Vec<u8>, Shortfall> {
        self.take(b"\n", MAX_LINE, timeout)
    }

    /// Takes everything before the next empty line, and that line.
    pub(super) fn document(&mut self, timeout: Duration) -> Result<Vec<u8>, Shortfall> {
        self.take(b"\n\n", MAX_DOCUMENT, timeout)
    }

    /// Reads to the end of input; what comes before it is returned, up to the bound on a line.
    pub(super) fn remainder(&mut self, timeout: Duration) -> Result<(Vec<u8>, Ending), Shortfall> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(ending) = &self.ended {
                let ending = ending.clone();
                return Ok((std::mem::take(&mut self.inbox), ending));
            }
            if self.inbox.len() > MAX_LINE || !self.fill(deadline) {
                let why = format!("the connection was still open after {}", spelt(timeout));
                return Err(Shortfall { why, got: std::mem::take(&mut self.inbox) });
            }
        }
    }

    /// Waits for a while; whether nothing came and the connection stood.
    pub(super) fn is_quiet_for(&mut self, pause: Duration) -> bool {
        let deadline = Instant::now() + pause;
        while self.inbox.is_empty() && self.ended.is_none() {
            if !self.fill(deadline) {
                return true;
            }
        }
        false
    }

    /// What has come and was not taken.
    pub(super) fn untaken(&self) -> &[u8] {
        &self.inbox
    }

    fn take(&mut self, end: &[u8], max: usize, timeout: Duration) -> Result<Vec<u8>, Shortfall> {
        let deadline = Instant::now() + timeout;
        let mut searched = 0;
        loop {
            if let Some(at) = find(&self.inbox[searched..], end) {
                let rest = self.inbox.split_off(searched + at + end.len());
                let mut taken = std::mem::replace(&mut self.inbox, rest);
                taken.truncate(searched + at);
                return Ok(taken);
            }
            searched = self.inbox.len().saturating_sub(end.len() - 1);
            let why = if self.inbox.len() > max {
                format!("more than {max} bytes came without an end")
            } else if let Some(ending) = &self.ended {
                ending.told()
            } else if self.fill(deadline) {
                continue;
            } else {
                format!("no complete reply came within {}", spelt(timeout))
            };
            return Err(Shortfall { why, got: std::mem::take(&mut self.inbox) });
        }
    }

    /// Reads once; `false` when the deadline has passed.
    fn fill(&mut self, deadline: Instant) -> bool {
        let mut chunk = [0; 16 << 10];
        let Some(timeout) = left(deadline) else { return false };
        let read = self.stream.set_read_timeout(Some(timeout)).and_then(|()| self.stream.read(&mut chunk));
        match read {
            Ok(0) => self.ended = Some(Ending::Closed),
            Ok(count) => self.take_in(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => return false,
            Err(error) => self.ended = Some(Ending::Broken(error.to_string())),
        }
        true
    }

    /// Keeps what came, without what carries it.
    fn take_in(&mut self, bytes: &[u8]) {
        let Some(bodies) = &mut self.bodies else { return self.inbox.extend_from_slice(bytes) };
        if let Err(error) = bodies.read(bytes, &mut self.inbox) {
            self.ended = Some(Ending::Broken(error.to_string()));
        }
    }
}

impl Ending {
    /// The ending as a clause.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Closed => "the server closed the connection".to_owned(),
            Self::Broken(error) => format!("the connection broke: {error}"),
        }
    }
}

fn left(deadline: Instant) -> Option<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn spelt(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}
