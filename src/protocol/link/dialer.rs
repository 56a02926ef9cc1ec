use super::{LinkEnd, MAX_LINE, VERSION};
use crate::protocol::{
    Ending, Line, LineBuffer, Name,
    time::{decimal, write_decimal},
};

/// Most records of a batch (PROTOCOL section 5, Walk and queue).
const MAX_BATCH: usize = 1024;

/// The end of a link that dialled: it says HELLO, then sends batches of records, one unacknowledged at most.
#[derive(Debug)]
pub struct Dialer {
    /// The HELLO that must come back.
    welcome: Vec<u8>,
    lines: LineBuffer,
    state: State,
    /// Batches sealed so far.
    sealed: u64,
    /// Records in the batch that is not sealed yet.
    records: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Greeting,
    /// The next batch may be sealed.
    Free,
    /// The last batch waits for its ACK.
    Unacknowledged,
}

/// What the acceptor said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It takes records from now on.
    Welcome,
    /// It has merged the last batch.
    Acknowledged,
    /// Nothing new: read on.
    Read,
}

impl Dialer {
    /// Starts a link from `own` to `peer` and appends its HELLO to `out`.
    #[must_use]
    pub fn new(own: &Name, peer: &Name, out: &mut Vec<u8>) -> Self {
        write_hello(own, peer, out);
        let mut welcome = Vec::new();
        write_hello(peer, own, &mut welcome);
        welcome.pop();
        Self { welcome, lines: LineBuffer::new(MAX_LINE, Ending::Lf), state: State::Greeting, sealed: 0, records: 0 }
    }

    /// Where the next bytes from the acceptor belong.
    pub fn space(&mut self) -> &mut [u8] {
        self.lines.space()
    }

    /// Says that `count` bytes came into [`Self::space`].
    pub fn received(&mut self, count: usize) {
        self.lines.filled(count);
    }

    /// Takes up to one line of the acceptor's.
    pub fn step(&mut self) -> Result<Sent, LinkEnd> {
        let line = match self.lines.next_line() {
            None => return Ok(Sent::Read),
            Some(Line::Long(line) | Line::Last(line)) => return Err(LinkEnd::unexpected(line)),
            Some(Line::Whole(line)) => line,
        };
        match self.state {
            State::Greeting if line == self.welcome => {
                self.state = State::Free;
                Ok(Sent::Welcome)
            }
            State::Greeting => Err(not_welcome(line)),
            State::Unacknowledged => {
                let number = line.strip_prefix(b"ACK ").and_then(decimal);
                match number.ok_or_else(|| LinkEnd::unexpected(line))? {
                    came if came == self.sealed => self.state = State::Free,
                    came => return Err(LinkEnd::WrongNumber { due: self.sealed, came }),
                }
                Ok(Sent::Acknowledged)
            }
            State::Free => Err(LinkEnd::unexpected(line)),
        }
    }

    /// How many records still fit into the batch; 0 while the last one is unacknowledged.
    #[must_use]
    pub fn room(&self) -> usize {
        match self.state {
            State::Free => MAX_BATCH - self.records,
            State::Greeting | State::Unacknowledged => 0,
        }
    }

    /// Records in the batch so far.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// Appends an AT line, given without LF, to the batch. There must be [`Self::room`].
    pub fn record(&mut self, line: &[u8], out: &mut Vec<u8>) {
        debug_assert!(self.room() > 0, "callers look for room first");
        self.records += 1;
        out.extend_from_slice(line);
        out.push(b'\n');
    }

    /// Seals the batch: it must be acknowledged before the next one.
    pub fn seal(&mut self, out: &mut Vec<u8>) {
        debug_assert!(self.state == State::Free, "one unacknowledged batch at most");
        self.sealed += 1;
        self.records = 0;
        self.state = State::Unacknowledged;
        out.extend_from_slice(b"SYNC ");
        write_decimal(self.sealed, out);
        out.push(b'\n');
    }
}

pub(super) fn write_hello(from: &Name, to: &Name, out: &mut Vec<u8>) {
    for part in [b"HELLO ", from.as_bytes(), b" ", to.as_bytes(), b" ", VERSION, b"\n"] {
        out.extend_from_slice(part);
    }
}

fn not_welcome(line: &[u8]) -> LinkEnd {
    if let Some(reason) = line.strip_prefix(b"? ") {
        return LinkEnd::Refused(reason.escape_ascii().to_string());
    }
    if line.starts_with(b"HELLO ") {
        // Also what a socket that connected to itself reads: its own HELLO.
        return LinkEnd::BadHello("another server answered, or another version");
    }
    LinkEnd::unexpected(line)
}
