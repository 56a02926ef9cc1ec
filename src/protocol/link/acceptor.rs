use super::{LinkEnd, MAX_LINE, VERSION, dialer::write_hello};
use crate::protocol::{
    At, Ending, Line, LineBuffer, Name,
    decimal::{Digits, write_decimal},
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
    if line.starts_with(b"AT ") {
        return Ok(At::parse(line).map_or(Received::Malformed(line), Received::Record));
    }
    let number = line.strip_prefix(b"SYNC ").and_then(Digits::parse::<19>);
    let came = number.ok_or_else(|| LinkEnd::unexpected(line))?.value();
    if came != *due {
        return Err(LinkEnd::WrongNumber { due: *due, came });
    }
    *due += 1;
    out.extend_from_slice(b"ACK ");
    write_decimal(came, out);
    out.push(b'\n');
    Ok(Received::Sync)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const HELLO: &[u8] = b"HELLO Goloman Hands herd/1\n";
    const AT: &[u8] = b"AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997";

    /// What an acceptor made of a stream.
    #[derive(Debug, Default, PartialEq)]
    struct Heard {
        records: Vec<Vec<u8>>,
        bad: Vec<Vec<u8>>,
        out: Vec<u8>,
        end: Option<LinkEnd>,
    }

    fn hear(mut bytes: &[u8], chunk: usize) -> Heard {
        let (mut acceptor, mut heard) = (Acceptor::new("Hands".parse().unwrap()), Heard::default());
        while !bytes.is_empty() && heard.end.is_none() {
            let space = acceptor.space();
            assert!((1..=16 * 1024).contains(&space.len()));
            let count = bytes.len().min(space.len()).min(chunk);
            space[..count].copy_from_slice(&bytes[..count]);
            acceptor.received(count);
            bytes = &bytes[count..];
            step_all(&mut acceptor, &mut heard);
        }
        heard
    }

    fn step_all(acceptor: &mut Acceptor, heard: &mut Heard) {
        loop {
            match acceptor.step(&mut heard.out) {
                Ok(Received::Hello(from)) => {
                    assert_eq!(from.as_str(), "Goloman");
                    assert_eq!(
                        acceptor.step(&mut heard.out),
                        Ok(Received::Read),
                        "nothing is taken before the welcome"
                    );
                    acceptor.welcome(&mut heard.out);
                }
                Ok(Received::Record(at)) => heard.records.push(at.line.to_vec()),
                Ok(Received::Malformed(line) | Received::Long(line)) => heard.bad.push(line.to_vec()),
                Ok(Received::Sync) => {}
                Ok(Received::Read) => return,
                Err(end) => {
                    heard.end = Some(end);
                    return;
                }
            }
        }
    }

    /// What comes of lines after a good HELLO, without the welcome in the output.
    fn after_hello(lines: &[u8]) -> Heard {
        let mut heard = hear(&[HELLO, lines].concat(), usize::MAX);
        heard.out = heard.out.strip_prefix(b"HELLO Hands Goloman herd/1\n").unwrap().to_vec();
        heard
    }

    #[test]
    fn what_comes_with_the_hello_is_read_after_the_welcome() {
        let heard = hear(&[HELLO, AT, b"\nSYNC 1\nSYNC 2\n", AT, b"\n"].concat(), usize::MAX);
        assert_eq!(heard.out, b"HELLO Hands Goloman herd/1\nACK 1\nACK 2\n");
        assert_eq!(heard.records, [AT, AT]);
        assert_eq!((heard.bad.len(), heard.end), (0, None));
    }

    #[test]
    fn a_hello_is_refused_unless_a_server_means_this_one() {
        for hello in [
            "HELLO Goloman Hands herd/2\n",
            "HELLO Goloman Hands\n",
            "HELLO Goloman Hands herd/1 \n",
            "HELLO Goloman Hands herd/1\r\n",
            "HELLO  Goloman Hands herd/1\n",
            "HELLO Goloman Wilkes herd/1\n",
            "HELLO Hands Hands herd/1\n",
            "HELLO 9 Hands herd/1\n",
            "HELLO Gol\u{f6}man Hands herd/1\n",
            "hello Goloman Hands herd/1\n",
            "IAMAT kiwi +1-1 1\n",
            "SYNC 1\n",
            "\n",
        ] {
            let heard = hear(hello.as_bytes(), usize::MAX);
            assert!(matches!(heard.end, Some(LinkEnd::BadHello(_))), "{hello}");
            assert_eq!(heard.out, b"", "the caller refuses");
        }
        let long = hear(&[b'H'; 1025], usize::MAX);
        assert!(matches!(long.end, Some(LinkEnd::UnexpectedLine(_))));
        let mut out = Vec::new();
        Acceptor::refuse("not a neighbour", &mut out);
        assert_eq!(out, b"? not a neighbour\n");
    }

    #[test]
    fn a_wrong_number_ends_the_link() {
        for (syncs, due, came) in
            [("SYNC 0\n", 1, 0), ("SYNC 2\n", 1, 2), ("SYNC 1\nSYNC 1\n", 2, 1), ("SYNC 1\nSYNC 3\n", 2, 3)]
        {
            let heard = after_hello(syncs.as_bytes());
            assert_eq!(heard.end, Some(LinkEnd::WrongNumber { due, came }), "{syncs}");
        }
    }

    #[test]
    fn a_line_that_is_not_listed_ends_the_link() {
        let lines = [
            HELLO,
            b"SYNC\n",
            b"SYNC x\n",
            b"SYNC -1\n",
            b"SYNC 1 \n",
            b"sync 1\n",
            b"ACK 1\n",
            b"IAMAT k +1-1 1\n",
            b"AT\n",
            b"ATX\n",
            b"\n",
        ];
        for line in lines {
            let heard = after_hello(&[line, AT, b"\n"].concat());
            assert!(matches!(heard.end, Some(LinkEnd::UnexpectedLine(_))), "{}", line.escape_ascii());
            assert!(heard.records.is_empty() && heard.out.is_empty());
        }
    }

    #[test]
    fn one_bad_record_does_not_stop_replication() {
        let long = [AT, &[b' '; 1025][..]].concat();
        let (longest, too_long) = (&long[..1024], &long[..1025]);
        let bad = [
            &b"AT "[..],
            b"AT Goloman",
            &AT[..AT.len() - 1 - "1520023934.918963997".len()],
            &[AT, b"\r"].concat(),
            longest,
        ];
        let stream: Vec<_> =
            bad.iter().chain(&[too_long, &long, AT]).flat_map(|line| [line, &b"\n"[..]].concat()).collect();
        let heard = after_hello(&[&stream[..], b"SYNC 1\n"].concat());
        assert_eq!(heard.bad, [&bad[..], &[longest, longest]].concat(), "shown up to 1,024 bytes");
        assert_eq!((heard.records, heard.end), (vec![AT.to_vec()], None));
        assert_eq!(heard.out, b"ACK 1\n");
    }

    #[test]
    fn an_endless_line_is_reported_once_and_never_buffered_whole() {
        let heard = after_hello(&[&vec![b'x'; 100_000][..], b"\nSYNC 1\n"].concat());
        assert_eq!((heard.bad.len(), heard.end, heard.out.as_slice()), (1, None, &b"ACK 1\n"[..]));
    }

    fn line() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            4 => "AT [A-C]{1,2} [+-][0-9]\\.[0-9]{9} [ab]{1,3} \\+1\\.5-2 [0-9]{1,3}\n".prop_map(String::into_bytes),
            2 => vec(any::<u8>(), 0..30).prop_map(|bytes| [b"AT ", &bytes[..], b"\n"].concat()),
            1 => (1020..1030_usize).prop_map(|length| [&vec![b'x'; length], &b"\n"[..]].concat()),
            1 => "SYNC [12]\n".prop_map(String::into_bytes),
            1 => vec(any::<u8>(), 0..9),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_chunking_does_the_same(lines in vec(line(), 0..12), with_hello in prop::bool::weighted(0.9), chunk in 1..700_usize) {
            let hello = if with_hello { HELLO } else { b"" };
            let stream = [hello, &lines.concat()].concat();
            let whole = hear(&stream, usize::MAX);
            prop_assert_eq!(&whole, &hear(&stream, chunk));
            prop_assert_eq!(&whole, &hear(&stream, 1));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in vec(prop_oneof![1 => Just(b'\n'), 30 => any::<u8>()], 0..3000), chunk in 1..3000_usize) {
            let heard = hear(&[HELLO, &bytes].concat(), chunk);
            prop_assert!(heard.bad.iter().all(|line| line.len() <= MAX_LINE));
        }
    }
}
