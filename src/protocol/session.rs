use std::time::{Duration, Instant};

use memchr::memchr;

use super::{
    At, Command, Ending, Iamat, Line, LineBuffer, Location, Name, Query, Time, Verb, Whatsat, at::write_at,
    other_protocol,
};

/// Longest line of a client in bytes, terminator left out (PROTOCOL 1.5).
const MAX_LINE: usize = 4096;

/// What a session must know of its server.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The server's name, the origin of the records that it makes.
    pub server: Name,
    /// How far a client's time may be ahead (PROTOCOL 2.4).
    pub max_future_skew: Duration,
    /// From the start of a session to its first complete line.
    pub first_line: Duration,
    /// From the first byte of a line to its end.
    pub line: Duration,
    /// Without a byte between two lines.
    pub idle: Duration,
    /// Whether the session ends after its first reply (PROTOCOL section 4).
    pub close_after_reply: bool,
}

/// What a session asks of the server's memory.
pub trait Directory {
    /// Merges a record that a client told, and passes it on if it is news.
    fn tell(&self, at: &At<'_>) -> Told;

    /// Appends the stored AT line of a client to `reply`, without LF, and says where in the line its client ID starts;
    /// `None`, and nothing appended, for an unknown client.
    fn find(&self, client: &[u8], reply: &mut Vec<u8>) -> Option<usize>;
}

/// What became of a record that a client told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is the newest of its client.
    News,
    /// The server knew it, or a newer one.
    Old,
    /// Its client is new and the server holds as many clients as it may (PROTOCOL 2.1).
    Full,
}

/// What a session did, or needs, next.
#[derive(Debug, PartialEq)]
pub enum Step<'a> {
    /// Every whole line is answered: read on.
    Read,
    /// A line was answered; the reply is complete in the output.
    Answered(&'a [u8], Answer),
    /// The line asks for places: the output holds the AT line; [`Session::answer`] completes the reply.
    Ask(&'a [u8], Query),
    /// The session is over; the output may end with a last line to the client.
    Close(Close),
}

/// How a line was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An IAMAT that was news.
    News,
    /// An IAMAT that changed nothing.
    Old,
    /// An invalid command that began with this verb.
    Invalid(Verb),
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The client ended its side.
    EndOfInput,
    /// A line was longer than 4,096 bytes.
    LongLine,
    /// The first line is of HTTP or TLS.
    OtherProtocol,
    /// A line was begun and not ended in time.
    LineTimeout,
    /// Nothing came for too long.
    IdleTimeout,
    /// The first reply is given and the server closes after it.
    AfterReply,
    /// The server drains.
    ShuttingDown,
}

/// What a session waits for, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The rest of a line, or the first line of all, until this moment.
    Until(Instant),
    /// The next line, for this long from now.
    For(Duration),
}

/// A client's connection: bytes in, replies out, in order.
///
/// The caller reads into [`Self::space`], then takes steps until [`Step::Read`] or [`Step::Close`], and writes the output
/// when it likes. It asks nothing of a clock but the time it passes.
#[derive(Debug)]
pub struct Session {
    lines: LineBuffer,
    opened: Instant,
    /// When the first byte of the unfinished line came.
    line_began: Option<Instant>,
    /// The client ended its side; what is buffered is still answered.
    ended: bool,
    closed: Option<Close>,
    answered_any: bool,
}

impl Session {
    /// A session that starts now.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let lines = LineBuffer::new(MAX_LINE, Ending::CrLf);
        Self { lines, opened: now, line_began: None, ended: false, closed: None, answered_any: false }
    }

    /// Where the next bytes from the client belong.
    pub fn space(&mut self) -> &mut [u8] {
        self.lines.space()
    }

    /// Gives back the room for input until the next [`Self::space`], where no line has begun.
    pub fn rest(&mut self) {
        self.lines.rest();
    }

    /// Lends the room for input to another session, where no line has begun and the room is of the usual size.
    pub fn lend(&mut self) -> Option<Vec<u8>> {
        self.lines.lend()
    }

    /// Takes the room that another session has lent, where it has none of its own.
    pub fn borrow(&mut self, lent: impl FnOnce() -> Vec<u8>) {
        self.lines.borrow(lent);
    }

    /// Says that `count` bytes came into [`Self::space`]; 0 is the end of input.
    pub fn received(&mut self, count: usize) {
        if count == 0 {
            self.ended = true;
            self.lines.end();
        }
        self.lines.filled(count);
    }

    /// Takes up to one line and appends its reply to `out`; `now` is the server's clock.
    pub fn step(&mut self, rules: &Rules, now: Time, directory: &impl Directory, out: &mut Vec<u8>) -> Step<'_> {
        if let Some(why) = self.closed {
            return Step::Close(why);
        }
        if rules.close_after_reply && self.answered_any {
            return end(&mut self.closed, Close::AfterReply);
        }
        if !self.answered_any && other_protocol::is_tls_hello(self.lines.unread()) {
            write_invalid(other_protocol::first_line(self.lines.unread()), out);
            return end(&mut self.closed, Close::OtherProtocol);
        }
        let line = match self.lines.next_line() {
            Some(Line::Whole(line) | Line::Last(line)) => line,
            Some(Line::Long(prefix)) => {
                write_invalid(prefix, out);
                return end(&mut self.closed, Close::LongLine);
            }
            None if self.ended => return end(&mut self.closed, Close::EndOfInput),
            None => return Step::Read,
        };
        // A browser can be made to send a page's lines here, behind the head of a request.
        if !self.answered_any && other_protocol::is_http_request(line) {
            write_invalid(line, out);
            return end(&mut self.closed, Close::OtherProtocol);
        }
        self.answered_any = true;
        self.line_began = None;
        answer(line, rules, now, directory, out)
    }

    /// Completes the reply to a [`Step::Ask`] with the places document (PROTOCOL 3.4).
    pub fn answer(document: &[u8], out: &mut Vec<u8>) {
        let mut left = document;
        while !left.is_empty() {
            let end = memchr(b'\n', left).map_or(left.len(), |at| at + 1);
            let (line, rest) = left.split_at(end);
            // The AT line's own LF stands before the document.
            if line != b"\n" {
                out.extend_from_slice(line);
            }
            left = rest;
        }
        out.extend_from_slice(if out.ends_with(b"\n") { b"\n" } else { b"\n\n" });
    }

    /// What the session waits for after [`Step::Read`]; `now` is the moment since which it waits.
    pub fn waiting(&mut self, rules: &Rules, now: Instant) -> Waiting {
        let first_line = (!self.answered_any).then(|| self.opened + rules.first_line);
        if !self.lines.is_partial() {
            self.line_began = None;
            return first_line.map_or(Waiting::For(rules.idle), Waiting::Until);
        }
        let line = *self.line_began.get_or_insert(now) + rules.line;
        Waiting::Until(first_line.map_or(line, |first| first.min(line)))
    }

    /// Ends a session whose client let the time of [`Self::waiting`] pass.
    pub fn expire(&mut self, out: &mut Vec<u8>) -> Close {
        let (why, last_line): (_, &[u8]) = if self.lines.is_partial() {
            (Close::LineTimeout, b"ERR line timeout\n")
        } else {
            (Close::IdleTimeout, b"ERR idle timeout\n")
        };
        out.extend_from_slice(last_line);
        self.closed = Some(why);
        why
    }

    /// Ends a session because its server drains; lines not yet answered are dropped (PROTOCOL 6.3).
    pub fn shut_down(&mut self, out: &mut Vec<u8>) -> Close {
        out.extend_from_slice(b"ERR shutting down\n");
        self.closed = Some(Close::ShuttingDown);
        Close::ShuttingDown
    }
}

fn end(closed: &mut Option<Close>, why: Close) -> Step<'static> {
    *closed = Some(why);
    Step::Close(why)
}

fn answer<'a>(line: &'a [u8], rules: &Rules, now: Time, directory: &impl Directory, out: &mut Vec<u8>) -> Step<'a> {
    let (verb, answer) = match Command::parse(line) {
        Command::Iamat(iamat) => (Verb::Iamat, tell(&iamat, rules, now, directory, out)),
        Command::Whatsat(whatsat) => match find(&whatsat, directory, out) {
            Some(query) => return Step::Ask(line, query),
            None => (Verb::Whatsat, None),
        },
        Command::Invalid(verb) => (verb, None),
    };
    if answer.is_none() {
        write_invalid(line, out);
    }
    Step::Answered(line, answer.unwrap_or(Answer::Invalid(verb)))
}

/// `None`, and nothing written, when the server does not take the update.
fn tell(iamat: &Iamat<'_>, rules: &Rules, now: Time, directory: &impl Directory, out: &mut Vec<u8>) -> Option<Answer> {
    // Few clients are ahead at all; how far they may be is worked out for those alone.
    if iamat.time > now && iamat.time > now.saturating_add(rules.max_future_skew) {
        return None;
    }
    let start = out.len();
    let client_at = write_at(&rules.server, now, iamat, out);
    let at = At { line: &out[start..], client_at, client: iamat.client, time: iamat.time };
    match directory.tell(&at) {
        Told::Full => {
            out.truncate(start);
            None
        }
        told => {
            out.push(b'\n');
            Some(if told == Told::News { Answer::News } else { Answer::Old })
        }
    }
}

/// `None`, and nothing written, when the client is unknown.
fn find(whatsat: &Whatsat<'_>, directory: &impl Directory, out: &mut Vec<u8>) -> Option<Query> {
    let start = out.len();
    let client_at = directory.find(whatsat.client, out)?;
    let location = At::location_field(&out[start..], client_at + whatsat.client.len());
    let Some(location) = Location::parse(location) else {
        // Not reached: the store holds only lines whose location passed the grammar.
        out.truncate(start);
        return None;
    };
    let query = Query {
        latitude_deg: location.latitude_deg(),
        longitude_deg: location.longitude_deg(),
        radius_m: whatsat.radius_m,
        bound: whatsat.bound,
    };
    out.push(b'\n');
    Some(query)
}

fn write_invalid(line: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"? ");
    out.extend_from_slice(line);
    out.push(b'\n');
}
