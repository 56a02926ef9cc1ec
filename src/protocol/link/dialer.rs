use super::{LinkEnd, MAX_LINE, Queue, VERSION};
use crate::protocol::{
    Ending, Line, LineBuffer, Name,
    decimal::{Digits, write_decimal},
};

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
    /// Most records of a batch (PROTOCOL section 5, Full sync and queue).
    pub const MAX_BATCH: usize = 1024;

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
                let number = line.strip_prefix(b"ACK ").and_then(Digits::parse::<19>);
                match number.ok_or_else(|| LinkEnd::unexpected(line))?.value() {
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
            State::Free => Self::MAX_BATCH - self.records,
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

    /// Moves what is queued into the batch, as far as there is room.
    pub fn take(&mut self, queue: &mut Queue, out: &mut Vec<u8>) {
        self.records += queue.take(self.room(), out);
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

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const WELCOME: &[u8] = b"HELLO Hands Goloman herd/1\n";

    fn dialer() -> Dialer {
        let mut hello = Vec::new();
        let dialer = Dialer::new(&"Goloman".parse().unwrap(), &"Hands".parse().unwrap(), &mut hello);
        assert_eq!(hello, b"HELLO Goloman Hands herd/1\n");
        dialer
    }

    /// Brings bytes and says what the dialler made of them, up to a line that ends the link.
    fn hear(dialer: &mut Dialer, mut bytes: &[u8], chunk: usize) -> Result<Vec<Sent>, LinkEnd> {
        let mut heard = Vec::new();
        while !bytes.is_empty() {
            let space = dialer.space();
            assert!((1..=16 * 1024).contains(&space.len()));
            let count = bytes.len().min(space.len()).min(chunk);
            space[..count].copy_from_slice(&bytes[..count]);
            dialer.received(count);
            bytes = &bytes[count..];
            loop {
                match dialer.step()? {
                    Sent::Read => break,
                    sent => heard.push(sent),
                }
            }
        }
        Ok(heard)
    }

    fn open() -> Dialer {
        let mut dialer = dialer();
        assert_eq!(dialer.room(), 0, "no record before the welcome");
        assert_eq!(hear(&mut dialer, WELCOME, usize::MAX), Ok(vec![Sent::Welcome]));
        dialer
    }

    #[test]
    fn batches_are_numbered_and_acknowledged_one_by_one() {
        let (mut dialer, mut out) = (open(), Vec::new());
        for number in 1..=12 {
            out.clear();
            dialer.record(b"AT one", &mut out);
            dialer.record(b"AT two", &mut out);
            assert_eq!((dialer.records(), dialer.room()), (2, Dialer::MAX_BATCH - 2));
            dialer.seal(&mut out);
            assert_eq!(out, format!("AT one\nAT two\nSYNC {number}\n").as_bytes());
            assert_eq!((dialer.records(), dialer.room()), (0, 0));
            let ack = format!("ACK {number}\n");
            assert_eq!(hear(&mut dialer, ack.as_bytes(), 3), Ok(vec![Sent::Acknowledged]));
            assert_eq!(dialer.room(), Dialer::MAX_BATCH);
        }
    }

    #[test]
    fn a_batch_may_be_empty_and_may_be_full() {
        let (mut dialer, mut out) = (open(), Vec::new());
        dialer.seal(&mut out);
        assert_eq!(out, b"SYNC 1\n");
        hear(&mut dialer, b"ACK 1\n", 1).unwrap();
        while dialer.room() > 0 {
            dialer.record(b"AT", &mut out);
        }
        assert_eq!(dialer.records(), 1024);
    }

    #[test]
    fn only_the_right_server_is_welcome() {
        let refused = |answer: &[u8]| hear(&mut dialer(), answer, usize::MAX).unwrap_err();
        for answer in [
            // A socket that connected to itself reads its own HELLO.
            "HELLO Goloman Hands herd/1\n",
            "HELLO Hands Wilkes herd/1\n",
            "HELLO Wilkes Goloman herd/1\n",
            "HELLO Hands Goloman herd/2\n",
            "HELLO Hands Goloman herd/1 \n",
            "HELLO Hands Goloman\n",
        ] {
            assert!(matches!(refused(answer.as_bytes()), LinkEnd::BadHello(_)), "{answer}");
        }
        assert_eq!(refused(b"? not a\xffneighbour\n"), LinkEnd::Refused("not a\\xffneighbour".to_owned()));
        for answer in [&b"ACK 1\n"[..], b"\n", b"SYNC 1\n", &[b'x'; 1025], &[b"HELLO ", &[b'x'; 1100][..]].concat()] {
            assert!(matches!(refused(answer), LinkEnd::UnexpectedLine(_)), "{}", answer.escape_ascii());
        }
    }

    #[test]
    fn a_line_out_of_place_ends_the_link() {
        for line in [WELCOME, b"ACK 1\n", b"SYNC 1\n", b"? too late\n", b"AT one\n", b"\n", &[b'x'; 1025]] {
            let end = hear(&mut open(), line, usize::MAX).unwrap_err();
            assert!(matches!(end, LinkEnd::UnexpectedLine(_)), "nothing is due, {} comes", line.escape_ascii());
        }
        let answer = |line: &[u8]| {
            let mut dialer = open();
            dialer.seal(&mut Vec::new());
            hear(&mut dialer, line, usize::MAX)
        };
        assert_eq!(answer(b"ACK 2\n"), Err(LinkEnd::WrongNumber { due: 1, came: 2 }));
        assert_eq!(answer(b"ACK 0\n"), Err(LinkEnd::WrongNumber { due: 1, came: 0 }));
        assert!(matches!(answer(b"ACK 1\nACK 1\n"), Err(LinkEnd::UnexpectedLine(_))), "acknowledged twice");
        for line in
            [WELCOME, b"ACK\n", b"ACK one\n", b"ACK -1\n", b"ACK 1 \n", b"ACK 1\r\n", b"ACK 18446744073709551617\n"]
        {
            assert!(matches!(answer(line), Err(LinkEnd::UnexpectedLine(_))), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_line_that_is_shown_is_cut_and_escaped() {
        let LinkEnd::UnexpectedLine(shown) = hear(&mut open(), &[&[0xff; 1000][..], b"\n"].concat(), 9).unwrap_err()
        else {
            panic!("the line has no place")
        };
        assert_eq!(shown, "\\xff".repeat(80));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn arbitrary_bytes_in_any_chunks_do_the_same(
            bytes in vec(prop_oneof![1 => Just(b'\n'), 30 => any::<u8>()], 0..2000),
            greeting in prop_oneof![Just(&b""[..]), Just(WELCOME), Just(&WELCOME[..9])],
            chunk in 1..700_usize,
        ) {
            let bytes = [greeting, &bytes].concat();
            let whole = hear(&mut dialer(), &bytes, usize::MAX);
            prop_assert_eq!(&whole, &hear(&mut dialer(), &bytes, chunk));
            prop_assert_eq!(&whole, &hear(&mut dialer(), &bytes, 1));
        }
    }
}
