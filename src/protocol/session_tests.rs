use std::{
    cell::RefCell,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use proptest::{collection::vec, prelude::*};

use super::{Answer, At, Close, Directory, Query, Rules, Session, Step, Time, Told, Verb, Waiting};

const NOW: Time = Time { seconds: 1_520_023_935, nanos: 182_837_383 };
const IAMAT: &[u8] = b"IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n";
const AT: &[u8] = b"AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n";
const DOCUMENT: &[u8] = b"\n{\n\n\n\"results\": []\n}\n\n\n";
const WRITTEN: &[u8] = b"{\n\"results\": []\n}\n\n";
/// The largest buffer that a session may offer for a read.
const MAX_ROOM: usize = 16 * 1024;

/// A record: its time, its line, and where in the line its client ID starts.
type Newest = (Time, Vec<u8>, usize);

/// A server's memory without locks.
struct Memory {
    lines: RefCell<BTreeMap<Vec<u8>, Newest>>,
    most: usize,
}

impl Memory {
    fn for_clients(most: usize) -> Self {
        Self { lines: RefCell::default(), most }
    }
}

impl Directory for Memory {
    fn tell(&self, at: &At<'_>) -> Told {
        assert_eq!(At::parse(at.line), Some(*at), "what is told is what a peer would read");
        let mut lines = self.lines.borrow_mut();
        let full = lines.len() >= self.most;
        let record = (at.time, at.line.to_vec(), at.client_at);
        match lines.get_mut(at.client) {
            Some(known) if *known >= record => return Told::Old,
            Some(known) => *known = record,
            None if full => return Told::Full,
            None => drop(lines.insert(at.client.to_vec(), record)),
        }
        Told::News
    }

    fn find(&self, client: &[u8], reply: &mut Vec<u8>) -> Option<usize> {
        let lines = self.lines.borrow();
        let (_, line, client_at) = lines.get(client)?;
        reply.extend_from_slice(line);
        Some(*client_at)
    }
}

/// All that a client sees of a session, and all that its server learns.
#[derive(Debug, Default, PartialEq)]
struct Transcript {
    out: Vec<u8>,
    lines: Vec<(Vec<u8>, Option<Answer>)>,
    queries: Vec<Query>,
    close: Option<Close>,
}

fn rules() -> Rules {
    Rules {
        server: "Goloman".parse().unwrap(),
        max_future_skew: Duration::from_hours(24),
        first_line: Duration::from_mins(1),
        line: Duration::from_secs(10),
        idle: Duration::from_mins(5),
        close_after_reply: false,
    }
}

/// Takes steps until the session has to read, or is over.
fn step_all(session: &mut Session, rules: &Rules, memory: &Memory, transcript: &mut Transcript) {
    loop {
        match session.step(rules, NOW, memory, &mut transcript.out) {
            Step::Read => return,
            Step::Answered(line, answer) => transcript.lines.push((line.to_vec(), Some(answer))),
            Step::Ask(line, query) => {
                transcript.lines.push((line.to_vec(), None));
                transcript.queries.push(query);
                Session::answer(DOCUMENT, &mut transcript.out);
            }
            Step::Close(why) => {
                transcript.close = Some(why);
                return;
            }
        }
    }
}

/// Reads the first bytes of `input` and says how many.
fn feed(session: &mut Session, input: &[u8], most: usize) -> usize {
    let space = session.space();
    assert!((1..=MAX_ROOM).contains(&space.len()));
    let count = input.len().min(space.len()).min(most);
    space[..count].copy_from_slice(&input[..count]);
    session.received(count);
    count
}

/// A connection that brings `input` in the given chunks, then its end.
fn connection(mut input: &[u8], chunks: &[usize], rules: &Rules, memory: &Memory) -> Transcript {
    let (mut session, mut transcript) = (Session::new(Instant::now()), Transcript::default());
    let mut chunks = chunks.iter().copied().chain(std::iter::repeat(usize::MAX));
    while transcript.close.is_none() {
        let count = feed(&mut session, input, chunks.next().unwrap());
        input = &input[count..];
        step_all(&mut session, rules, memory, &mut transcript);
    }
    transcript
}

fn talk(input: &[u8]) -> Transcript {
    connection(input, &[], &rules(), &Memory::for_clients(usize::MAX))
}

fn replies(input: &[u8]) -> String {
    talk(input).out.escape_ascii().to_string()
}

#[test]
fn an_update_is_answered_with_the_servers_own_difference() {
    let transcript = talk(IAMAT);
    assert_eq!(transcript.out, AT);
    let line = IAMAT[..IAMAT.len() - 1].to_vec();
    assert_eq!(transcript.lines, [(line, Some(Answer::News))]);
}

#[test]
fn an_update_is_answered_with_its_own_fields_byte_for_byte() {
    assert_eq!(
        replies(b" \t IAMAT \x0b a\xff\0b\xc2\x85 \x0c -00.50+001   0520023935.10\r\n"),
        "AT Goloman +1000000000.082837383 a\\xff\\x00b\\xc2\\x85 -00.50+001 0520023935.10\\n"
    );
}

#[test]
fn places_follow_the_stored_line() {
    let transcript = talk(&[IAMAT, b"WHATSAT kiwi.cs.ucla.edu 10.5 5\n"].concat());
    assert_eq!(transcript.out, [AT, AT, WRITTEN].concat());
    let query = Query { latitude_deg: 34.068_930, longitude_deg: -118.445_127, radius_m: 10_500.0, bound: 5 };
    assert_eq!(transcript.queries, [query]);
}

#[test]
fn an_older_update_is_answered_and_changes_nothing() {
    let transcript = talk(b"IAMAT k +1-1 1000\nIAMAT k +2-2 999.9\nIAMAT k +1-1 1000\nWHATSAT k 0 0\n");
    let answers: Vec<_> = transcript.lines.iter().map(|(_, answer)| *answer).collect();
    assert_eq!(answers, [Some(Answer::News), Some(Answer::Old), Some(Answer::Old), None]);
    let lines: Vec<_> = transcript.out.split(|b| *b == b'\n').take(4).map(<[u8]>::to_vec).collect();
    assert_eq!(lines[1], b"AT Goloman +1520022935.282837383 k +2-2 999.9");
    assert_eq!((&lines[2], &lines[3]), (&lines[0], &lines[0]));
}

#[test]
fn a_time_may_be_a_day_ahead_and_no_more() {
    assert_eq!(
        replies(b"IAMAT k +1-1 1520110335.182837383\n"),
        "AT Goloman -86400.000000000 k +1-1 1520110335.182837383\\n"
    );
    assert_eq!(replies(b"IAMAT k +1-1 1520110335.182837384\n"), "? IAMAT k +1-1 1520110335.182837384\\n");
}

#[test]
fn a_full_server_takes_those_it_knows() {
    let input = b"IAMAT a +1-1 1\nIAMAT b +1-1 1\nIAMAT a +1-1 2\nWHATSAT b 1 1\n";
    let transcript = connection(input, &[], &rules(), &Memory::for_clients(1));
    let answers: Vec<_> = transcript.lines.iter().filter_map(|(_, answer)| *answer).collect();
    assert_eq!(answers, [Answer::News, Answer::Invalid(Verb::Iamat), Answer::News, Answer::Invalid(Verb::Whatsat)]);
    let out = String::from_utf8(transcript.out).unwrap();
    assert!(
        out.contains("a +1-1 1\n? IAMAT b +1-1 1\nAT Goloman +1520023933.182837383 a +1-1 2\n? WHATSAT b 1 1\n"),
        "{out}"
    );
}

#[test]
fn an_invalid_line_is_copied_without_its_terminator() {
    for (line, reply) in [
        ("\n", "? \n"),
        ("\r\n", "? \n"),
        (" \t \r\n", "?  \t \n"),
        ("hello  there \x0c\n", "? hello  there \x0c\n"),
        ("hello\r\r\n", "? hello\r\n"),
        ("WHATSAT nobody 1 1\n", "? WHATSAT nobody 1 1\n"),
        ("WHATSAT k 51 1\n", "? WHATSAT k 51 1\n"),
        ("IAMAT k +1-1 nan\n", "? IAMAT k +1-1 nan\n"),
        ("iamat k +1-1 1\n", "? iamat k +1-1 1\n"),
        // Only peers can inject records.
        (str::from_utf8(AT).unwrap(), &format!("? {}", str::from_utf8(AT).unwrap())),
    ] {
        assert_eq!(talk(line.as_bytes()).out, reply.as_bytes(), "{line:?}");
    }
    assert_eq!(talk(b"\xff\0\xfe\n").out, b"? \xff\0\xfe\n");
}

#[test]
fn a_line_may_have_4096_bytes_and_a_carriage_return() {
    let iamat = [vec![b' '; 4096 - (IAMAT.len() - 1)], IAMAT[..IAMAT.len() - 1].to_vec()].concat();
    assert_eq!(iamat.len(), 4096);
    for terminator in [&b"\n"[..], b"\r\n", b""] {
        let transcript = talk(&[&iamat, terminator].concat());
        assert_eq!((transcript.out.as_slice(), transcript.close), (AT, Some(Close::EndOfInput)), "{terminator:?}");
    }
}

#[test]
fn a_longer_line_is_cut_and_ends_the_session() {
    let too_long = vec![b'x'; 4097];
    let cut = [b"? ", &too_long[..4096], b"\n"].concat();
    for tail in [&b""[..], b"\n", b"\r\n", b"\nIAMAT k +1-1 1\n", b"xxxxxxxx", &[b'x'; 9000]] {
        let transcript = talk(&[IAMAT, &too_long, tail].concat());
        assert_eq!(transcript.out, [AT, &cut].concat(), "what came before is answered, what comes after is not");
        assert_eq!(transcript.close, Some(Close::LongLine));
    }
}

#[test]
fn a_line_too_long_is_refused_before_its_end_comes() {
    let (mut session, mut transcript) = (Session::new(Instant::now()), Transcript::default());
    let mut input = &[b'x'; 4098][..];
    while !input.is_empty() {
        input = &input[feed(&mut session, input, 1000)..];
        step_all(&mut session, &rules(), &Memory::for_clients(0), &mut transcript);
    }
    assert_eq!(transcript.close, Some(Close::LongLine));
}

#[test]
fn another_protocol_is_answered_once_and_ends_the_session() {
    let post = b"POST / HTTP/1.1\r\nHost: localhost:12000\r\n\r\nIAMAT k +1-1 1\n";
    let hello = b"\x16\x03\x01\x00\xa5\x01\x00\nIAMAT k +1-1 1\n";
    let cases: [(&[u8], &[u8]); 4] = [
        (post, b"? POST / HTTP/1.1\n"),
        (b"GET /x HTTP/1.0", b"? GET /x HTTP/1.0\n"),
        (hello, b"? \x16\x03\x01\x00\xa5\x01\x00\n"),
        (&hello[..5], b"? \x16\x03\x01\x00\xa5\n"),
    ];
    for (input, out) in cases {
        let transcript = talk(input);
        assert_eq!((transcript.out.as_slice(), transcript.close), (out, Some(Close::OtherProtocol)));
    }
}

#[test]
fn after_the_first_line_http_is_an_invalid_command_like_any_other() {
    let transcript = talk(&[IAMAT, b"GET / HTTP/1.1\n", IAMAT].concat());
    assert_eq!(transcript.out, [AT, b"? GET / HTTP/1.1\n", AT].concat());
    assert_eq!(transcript.close, Some(Close::EndOfInput));
}

#[test]
fn a_last_line_without_terminator_is_a_line() {
    let transcript = talk(&IAMAT[..IAMAT.len() - 1]);
    assert_eq!((transcript.out.as_slice(), transcript.close), (AT, Some(Close::EndOfInput)));
    assert_eq!(replies(b"hello\r"), "? hello\\r\\n");
    assert_eq!(replies(b""), "");
}

#[test]
fn a_server_may_close_after_its_first_reply() {
    let rules = Rules { close_after_reply: true, ..rules() };
    let memory = Memory::for_clients(9);
    let whatsat = b"WHATSAT kiwi.cs.ucla.edu 10 5\n";
    for (first, reply) in
        [(IAMAT, AT), (whatsat, &[AT, WRITTEN].concat()), (b"hello\n", b"? hello\n"), (b"\n", b"? \n")]
    {
        let transcript = connection(&[first, IAMAT].concat(), &[], &rules, &memory);
        assert_eq!((transcript.out.as_slice(), transcript.close), (reply, Some(Close::AfterReply)));
    }
}

#[test]
fn a_document_keeps_no_empty_line_but_its_last() {
    for (document, written) in [
        ("{}", "{}\n\n"),
        ("{}\n", "{}\n\n"),
        ("\n\n{\n\n\n \n\n}\n\n\n\n", "{\n \n}\n\n"),
        ("{\r\n\r\n}", "{\r\n\r\n}\n\n"),
    ] {
        let mut out = b"AT\n".to_vec();
        Session::answer(document.as_bytes(), &mut out);
        assert_eq!(out, format!("AT\n{written}").as_bytes(), "{document:?}");
    }
}

/// A session at a moment, to ask what it waits for.
fn waiting(session: &mut Session, at: Instant, input: &[u8]) -> Waiting {
    feed(session, input, usize::MAX);
    step_all(session, &rules(), &Memory::for_clients(9), &mut Transcript::default());
    session.waiting(&rules(), at)
}

#[test]
fn the_first_line_is_due_within_a_minute() {
    let opened = Instant::now();
    let after = |seconds| opened + Duration::from_secs(seconds);
    let mut session = Session::new(opened);
    assert_eq!(session.waiting(&rules(), after(5)), Waiting::Until(after(60)));
    assert_eq!(waiting(&mut session, after(55), b"IAM"), Waiting::Until(after(60)));
    assert_eq!(waiting(&mut session, after(56), b"AT\n"), Waiting::For(Duration::from_mins(5)));
}

#[test]
fn a_line_is_due_ten_seconds_after_its_first_byte_however_it_drips() {
    let opened = Instant::now();
    let after = |seconds| opened + Duration::from_secs(seconds);
    let mut session = Session::new(opened);
    assert_eq!(waiting(&mut session, after(1), b"x"), Waiting::Until(after(11)));
    assert_eq!(waiting(&mut session, after(9), b"x"), Waiting::Until(after(11)));
    assert_eq!(waiting(&mut session, after(10), b"\n"), Waiting::For(Duration::from_mins(5)));
    assert_eq!(waiting(&mut session, after(200), b"x"), Waiting::Until(after(210)));
    // The end of one line and the beginning of the next in one segment: the next one's time starts now.
    assert_eq!(waiting(&mut session, after(209), b"\nx"), Waiting::Until(after(219)));
    assert_eq!(waiting(&mut session, after(218), b"x"), Waiting::Until(after(219)));
}

#[test]
fn a_session_that_waited_in_vain_says_why_it_ends() {
    for (input, why, last_line) in [
        (&b"IAM"[..], Close::LineTimeout, "ERR line timeout\n"),
        (IAMAT, Close::IdleTimeout, "ERR idle timeout\n"),
        (b"\nx", Close::LineTimeout, "ERR line timeout\n"),
    ] {
        let mut session = Session::new(Instant::now());
        waiting(&mut session, Instant::now(), input);
        let mut out = Vec::new();
        assert_eq!((session.expire(&mut out), out.as_slice()), (why, last_line.as_bytes()));
        let step = session.step(&rules(), NOW, &Memory::for_clients(9), &mut out);
        assert_eq!((step, out.as_slice()), (Step::Close(why), last_line.as_bytes()));
    }
}

#[test]
fn a_drain_drops_later_lines() {
    let mut session = Session::new(Instant::now());
    feed(&mut session, &[IAMAT, IAMAT].concat(), usize::MAX);
    let (memory, mut out) = (Memory::for_clients(9), Vec::new());
    assert!(matches!(session.step(&rules(), NOW, &memory, &mut out), Step::Answered(..)));
    assert_eq!(session.shut_down(&mut out), Close::ShuttingDown);
    assert_eq!(session.step(&rules(), NOW, &memory, &mut out), Step::Close(Close::ShuttingDown));
    assert_eq!(out, [AT, b"ERR shutting down\n"].concat());
}

/// What clients send, and what they should not.
fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "IAMAT [abc]{1,2} [+-][0-9]{1,2}\\.5-118\\.4 [0-9]{1,3}(\\.5)?\r?\n".prop_map(String::into_bytes),
        4 => "[ \t]?WHATSAT +[abc]{1,2}\t[0-5][0-9] [0-2][0-9]\r?\n".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..30),
        1 => "[ \r\t\n]{0,4}\n".prop_map(String::into_bytes),
        1 => (4090..4100_usize, "\r?\n").prop_map(|(length, end)| [&vec![b'x'; length], end.as_bytes()].concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_chunking_gives_the_same_replies(
        lines in vec(line(), 0..12),
        chunks in vec(prop_oneof![1..5_usize, 1..2000_usize], 0..60),
        close_after_reply: bool,
    ) {
        let rules = Rules { close_after_reply, ..rules() };
        let input = lines.concat();
        let converse = |chunks: &[usize]| connection(&input, chunks, &rules, &Memory::for_clients(4));
        let whole = converse(&[]);
        prop_assert_eq!(&whole, &converse(&chunks));
        prop_assert_eq!(&whole, &converse(&vec![1; input.len()]));
    }

    /// `feed` checks that there is room, and not too much of it.
    #[test]
    fn arbitrary_bytes_do_no_harm(
        input in vec(any::<u8>(), 0..9000),
        chunks in vec(1..9000_usize, 0..20),
    ) {
        let transcript = connection(&input, &chunks, &rules(), &Memory::for_clients(4));
        let answered: usize = transcript.lines.iter().map(|(line, _)| line.len()).sum();
        prop_assert!(answered <= input.len());
        prop_assert!(transcript.lines.iter().all(|(line, _)| line.len() <= 4096));
    }

    #[test]
    fn a_reply_ends_with_its_first_empty_line(document in "[^\n]([a{} \n]|\n\n){0,40}") {
        let mut out = Vec::new();
        Session::answer(document.as_bytes(), &mut out);
        let empty_line = out.windows(2).position(|pair| pair == b"\n\n");
        prop_assert_eq!(empty_line, Some(out.len() - 2));
        let without = |bytes: &[u8]| bytes.iter().copied().filter(|b| *b != b'\n').collect::<Vec<_>>();
        prop_assert_eq!(without(&out), without(document.as_bytes()));
    }
}
