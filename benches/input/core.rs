use std::time::Instant;

use herd::{
    protocol::{Acceptor, At, Directory, Received, Rules, Session, Step, Time, Told, Waiting},
    state::{Admission, Merged, Store},
};

use super::commands::{NOW, rules, tick};

/// A server's core without an engine: one client's session with a store, from bytes to bytes.
pub(crate) struct Conversation {
    memory: Memory,
    rules: Rules,
    session: Session,
    opened: Instant,
    now: Time,
    out: Vec<u8>,
}

impl Conversation {
    pub(crate) fn new() -> Self {
        let (memory, opened) = (Memory(Store::new()), Instant::now());
        Self { memory, rules: rules(), session: Session::new(opened), opened, now: NOW, out: Vec::new() }
    }

    /// Does what an engine does with these bytes, up to where it waits for more; gives the replies.
    pub(crate) fn say(&mut self, segment: &[u8]) -> &[u8] {
        self.out.clear();
        let mut rest = segment;
        while !rest.is_empty() {
            let before = rest.len();
            rest = fill(self.session.space(), rest);
            self.session.received(before - rest.len());
            self.answer();
        }
        let waiting = self.session.waiting(&self.rules, self.opened);
        assert!(matches!(waiting, Waiting::For(_)), "a segment ends with a line");
        &self.out
    }

    fn answer(&mut self) {
        let Self { memory, rules, session, now, out, .. } = self;
        loop {
            match session.step(rules, tick(now), memory, out) {
                Step::Read => break,
                Step::Answered(..) => {}
                Step::Ask(..) => Session::answer(b"{\"status\":\"ZERO_RESULTS\"}", out),
                Step::Close(why) => unreachable!("{why:?}"),
            }
        }
    }
}

/// Copies what fits, as a read does; gives the rest.
pub(crate) fn fill<'a>(space: &mut [u8], bytes: &'a [u8]) -> &'a [u8] {
    let (now, later) = bytes.split_at(bytes.len().min(space.len()));
    space[..now.len()].copy_from_slice(now);
    later
}

/// A store as clients see it, in a server without neighbours.
struct Memory(Store);

impl Directory for Memory {
    fn tell(&self, at: &At<'_>) -> Told {
        match self.0.merge(at, Admission::Below(1_000_000)) {
            Merged::News => Told::News,
            Merged::Old => Told::Old,
            Merged::Full => Told::Full,
        }
    }

    fn find(&self, client: &[u8], reply: &mut Vec<u8>) -> Option<usize> {
        self.0.find(client, reply)
    }
}

/// The accepting end of a link, after its HELLO.
pub(crate) fn acceptor() -> Acceptor {
    let mut acceptor = Acceptor::new("Hands".parse().expect("a well-formed name"));
    let heard = hear(&mut acceptor, b"HELLO Goloman Hands herd/1\n", |_| ());
    assert_eq!(heard, 0, "no record yet");
    acceptor.welcome(&mut Vec::new());
    acceptor
}

/// Brings bytes to a link's end and gives each record of theirs; says how many.
pub(crate) fn hear(acceptor: &mut Acceptor, segment: &[u8], mut each: impl FnMut(&At<'_>)) -> usize {
    let (mut rest, mut out, mut records) = (segment, Vec::new(), 0);
    while !rest.is_empty() {
        let before = rest.len();
        rest = fill(acceptor.space(), rest);
        acceptor.received(before - rest.len());
        loop {
            match acceptor.step(&mut out) {
                Ok(Received::Record(at)) => each(&at),
                Ok(Received::Hello(_) | Received::Read) => break,
                other => unreachable!("{other:?}"),
            }
            records += 1;
        }
    }
    records
}
