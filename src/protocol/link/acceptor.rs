use super::{LinkEnd, MAX_LINE, VERSION, dialer::write_hello};
use crate::protocol::{
    At, Ending, Line, LineBuffer, Name,
    time::{decimal, write_decimal},
};

/// The end of a link that was dialled: it answers HELLO, then takes records and acknowledges batches.
#[derive(Debug)]
pub struct Acceptor {
    own: Name,
    lines: LineBuffer,
    state: State,
}

#[derive(Debug)]
enum State {
    Greeting,
    /// A HELLO waits for the caller's [`Acceptor::welcome`].
    Greeted(Name),
    /// Records and this SYNC may come.
    Open {
        due: u64,
    },
}

/// What the dialler sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// A well-formed HELLO from this server: the caller ends the older link from it, then calls [`Acceptor::welcome`].
    Hello(Name),
    /// A record to merge.
    Record(At<'a>),
    /// A line that was meant to be a record and is not: to be counted and journalled, no more. One bad record must not
    /// stop replication.
    Malformed(&'a [u8]),
    /// The first bytes of a line that is too long, to be counted and journalled likewise.
    Long(&'a [u8]),
    /// A batch ended; its ACK is in the output.
    Sync,
    /// Nothing new: read on.
    Read,
}

impl Acceptor {
    /// An end at the server `own`.
    #[must_use]
    pub fn new(own: Name) -> Self {
        Self { own, lines: LineBuffer::new(MAX_LINE, Ending::Lf), state: State::Greeting }
    }

    /// Where the next bytes from the dialler belong.
    pub fn space(&mut self) -> &mut [u8] {
        self.lines.space()
    }

    /// Says that `count` bytes came into [`Self::space`].
    pub fn received(&mut self, count: usize) {
        self.lines.filled(count);
    }

    /// Takes up to one line of the dialler's and appends what is to be answered to `out`.
    ///
    /// Every record must be merged before the next step: the ACK that it may write promises that.
    pub fn step(&mut self, out: &mut Vec<u8>) -> Result<Received<'_>, LinkEnd> {
        if let State::Greeted(_) = self.state {
            return Ok(Received::Read);
        }
        match (&mut self.state, self.lines.next_line()) {
            (_, None) => Ok(Received::Read),
            (State::Greeting, Some(line)) => {
                let dialer = read_hello(line, &self.own)?;
                self.state = State::Greeted(dialer.clone());
                Ok(Received::Hello(dialer))
            }
            (State::Open { due }, Some(Line::Whole(line))) => read_line(line, due, out),
            (State::Open { .. }, Some(Line::Long(prefix))) => Ok(Received::Long(prefix)),
            (_, Some(Line::Whole(line) | Line::Long(line) | Line::Last(line))) => Err(LinkEnd::unexpected(line)),
        }
    }

    /// Answers the HELLO: from now on records may come.
    pub fn welcome(&mut self, out: &mut Vec<u8>) {
        if let State::Greeted(dialer) = &self.state {
            write_hello(&self.own, dialer, out);
            self.state = State::Open { due: 1 };
        }
    }

    /// Appends the line that refuses a HELLO; the caller then closes.
    pub fn refuse(reason: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"? ");
        out.extend_from_slice(reason.as_bytes());
        out.push(b'\n');
    }
}

fn read_hello(line: Line<'_>, own: &Name) -> Result<Name, LinkEnd> {
    let line = match line {
        Line::Whole(line) => line,
        Line::Long(line) | Line::Last(line) => return Err(LinkEnd::unexpected(line)),
    };
    let mut fields = line.split(|b| *b == b' ');
    let (hello, dialer, acceptor, version, rest) =
        (fields.next(), fields.next(), fields.next(), fields.next(), fields.next());
    if hello != Some(b"HELLO") || rest.is_some() {
        return Err(LinkEnd::BadHello("expected HELLO <dialer> <acceptor> herd/1"));
    }
    if version != Some(VERSION) {
        return Err(LinkEnd::BadHello("unknown version, this is herd/1"));
    }
    if acceptor != Some(own.as_bytes()) {
        return Err(LinkEnd::BadHello("this is another server"));
    }
    let dialer = dialer.and_then(|name| str::from_utf8(name).ok()?.parse().ok());
    match dialer {
        None => Err(LinkEnd::BadHello("not a server's name")),
        Some(dialer) if dialer == *own => Err(LinkEnd::BadHello("this is my own name")),
        Some(dialer) => Ok(dialer),
    }
}

fn read_line<'a>(line: &'a [u8], due: &mut u64, out: &mut Vec<u8>) -> Result<Received<'a>, LinkEnd> {
    if line == b"AT" || line.starts_with(b"AT ") {
        return Ok(At::parse(line).map_or(Received::Malformed(line), Received::Record));
    }
    let number = line.strip_prefix(b"SYNC ").and_then(decimal);
    let came = number.ok_or_else(|| LinkEnd::unexpected(line))?;
    if came != *due {
        return Err(LinkEnd::WrongNumber { due: *due, came });
    }
    *due += 1;
    out.extend_from_slice(b"ACK ");
    write_decimal(came, out);
    out.push(b'\n');
    Ok(Received::Sync)
}
