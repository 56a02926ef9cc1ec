use std::mem;

use memchr::memchr;

/// A line as it stood between two LFs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line of at most the longest length, without its ending.
    Whole(&'a [u8]),
    /// The first bytes, as many as the longest length, of a longer line. The rest of it is skipped unseen.
    Long(&'a [u8]),
    /// What came after the last LF of a stream that has ended.
    Last(&'a [u8]),
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// LF alone: a CR before it belongs to the line.
    Lf,
    /// LF, or CR and LF (PROTOCOL 1.1).
    CrLf,
}

/// Cuts a stream of bytes into lines, however the stream is cut into chunks.
///
/// The buffer starts small, grows only while reads fill it, and shrinks again, so that a connection that waits holds
/// little: 10,000 idle connections with 16 KiB each would be 160 MB.
#[derive(Debug)]
pub struct LineBuffer {
    /// Room for input; `bytes[start..end]` is unread.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Unread bytes before this index hold no LF.
    scanned: usize,
    max_line: usize,
    ending: Ending,
    /// What the last read left of the room that it was offered.
    spare: usize,
    /// The most that reads have found unread lately; half of it is forgotten with each read.
    lately: usize,
    /// The end of a long line is still to come.
    skipping: bool,
    /// No more bytes will come.
    ended: bool,
}

/// What a waiting connection holds: a few commands of usual length.
const MIN_ROOM: usize = 512;
/// What a connection that pipelines may hold; a larger read saves little.
const MAX_ROOM: usize = 16 * 1024;

impl LineBuffer {
    /// A buffer for lines of up to `max_line` bytes, their ending left out.
    ///
    /// # Panics
    ///
    /// When `max_line` is not below 8 KiB: the buffer must hold a line and have room to read on.
    #[must_use]
    pub fn new(max_line: usize, ending: Ending) -> Self {
        assert!(max_line < MAX_ROOM / 2, "a line and the next read fit into the buffer");
        Self {
            bytes: Vec::new(),
            start: 0,
            end: 0,
            scanned: 0,
            max_line,
            ending,
            spare: MIN_ROOM / 2,
            lately: 0,
            skipping: false,
            ended: false,
        }
    }

    /// Where the next bytes of the stream belong; never empty once [`Self::next_line`] has returned `None`.
    pub fn space(&mut self) -> &mut [u8] {
        self.resize();
        &mut self.bytes[self.end..]
    }

    /// Says that the first `count` bytes of [`Self::space`] were filled.
    pub fn filled(&mut self, count: usize) {
        self.spare = (self.bytes.len() - self.end).saturating_sub(count);
        self.end = (self.end + count).min(self.bytes.len());
        self.lately = self.end.max(self.lately / 2);
    }

    /// Gives its room back until the next [`Self::space`], where nothing is unread: nobody is expected to speak soon.
    pub fn rest(&mut self) {
        if self.start == self.end {
            self.bytes = Vec::new();
            (self.start, self.end, self.scanned) = (0, 0, 0);
        }
    }

    /// Gives its room away until the next [`Self::space`], where nothing is unread and the room is of the least size: it will
    /// do for whoever speaks next.
    pub fn lend(&mut self) -> Option<Vec<u8>> {
        (self.start == self.end && self.bytes.len() == MIN_ROOM).then(|| {
            (self.start, self.end, self.scanned) = (0, 0, 0);
            mem::take(&mut self.bytes)
        })
    }

    /// Takes room that another buffer has lent, where it has none of its own.
    pub fn borrow(&mut self, lent: impl FnOnce() -> Vec<u8>) {
        if self.bytes.is_empty() {
            self.bytes = lent();
        }
    }

    /// Says that the stream has ended.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether the beginning of a line waits for its end.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.start < self.end || self.skipping
    }

    /// What has come and is in no line yet.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The next line that has come to its end or has grown too long; `None` when more bytes are needed, or no more
    /// will come.
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        if self.start == self.end {
            return None;
        }
        self.skip();
        let start = self.start;
        let Some(feed) = memchr(b'\n', &self.bytes[self.scanned..self.end]) else { return self.unfinished() };
        let feed = self.scanned + feed;
        self.consume(feed + 1 - start);
        let line = &self.bytes[start..feed];
        let line = match self.ending {
            Ending::Lf => line,
            Ending::CrLf => line.strip_suffix(b"\r").unwrap_or(line),
        };
        Some(line.get(..self.max_line + 1).map_or(Line::Whole(line), |long| Line::Long(&long[..self.max_line])))
    }

    /// What can be said of a line whose LF has not come: that it is too long, or the last.
    fn unfinished(&mut self) -> Option<Line<'_>> {
        let start = self.start;
        self.scanned = self.end;
        let line = &self.bytes[start..self.end];
        let may_fit = match self.ending {
            Ending::Lf => line.len() <= self.max_line,
            // A CR may be half of the ending, unless nothing more comes.
            Ending::CrLf => {
                line.len() <= self.max_line || (line.len() == self.max_line + 1 && line.ends_with(b"\r") && !self.ended)
            }
        };
        let length = line.len();
        if may_fit && !(self.ended && length > 0) {
            return None;
        }
        self.skipping = !may_fit;
        self.consume(length);
        let line = &self.bytes[start..start + length];
        Some(if may_fit { Line::Last(line) } else { Line::Long(&line[..self.max_line]) })
    }

    fn skip(&mut self) {
        if !self.skipping {
            return;
        }
        let rest = &self.bytes[self.start..self.end];
        let (length, found) = memchr(b'\n', rest).map_or((rest.len(), false), |at| (at + 1, true));
        self.skipping = !found;
        self.consume(length);
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.scanned = self.start;
    }

    /// Moves what is unread to the front and fits the room to what reads find.
    ///
    /// It grows at once, but shrinks only after a run of small reads: where a full read and a small one take turns, as
    /// where a client's segments are a little larger than the room, it would otherwise be allocated anew for each.
    fn resize(&mut self) {
        let unread = self.end - self.start;
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.scanned, self.start, self.end) = (self.scanned - self.start, 0, unread);
        }
        let room = self.bytes.len();
        if room == 0 {
            self.bytes.resize(MIN_ROOM, 0);
        } else if self.spare == 0 && room < MAX_ROOM {
            self.bytes.resize(room * 2, 0);
        } else if unread == 0 && room > MIN_ROOM && self.lately < room / 4 {
            self.bytes.truncate(room / 2);
            self.bytes.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of a stream that comes in the given chunks, the unterminated one last.
    fn lines(stream: &[u8], chunks: &[usize], max_line: usize, ending: Ending) -> Vec<(bool, Vec<u8>)> {
        let mut buffer = LineBuffer::new(max_line, ending);
        let mut found = Vec::new();
        let mut rest = stream;
        let mut chunks = chunks.iter().copied().chain(std::iter::repeat(usize::MAX));
        loop {
            let space = buffer.space();
            assert!(!space.is_empty());
            let count = chunks.next().unwrap().clamp(1, space.len()).min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            buffer.filled(count);
            rest = &rest[count..];
            if count == 0 {
                buffer.end();
            }
            while let Some(line) = buffer.next_line() {
                match line {
                    Line::Whole(line) | Line::Last(line) => found.push((true, line.to_vec())),
                    Line::Long(prefix) => found.push((false, prefix.to_vec())),
                }
            }
            assert!(buffer.bytes.len() <= MAX_ROOM);
            if count == 0 {
                return found;
            }
        }
    }

    #[test]
    fn a_buffer_that_rests_keeps_what_is_unread_and_nothing_else() {
        let mut buffer = LineBuffer::new(4096, Ending::Lf);
        buffer.space()[..9].copy_from_slice(b"one\nhalf-");
        buffer.filled(9);
        assert_eq!(buffer.next_line(), Some(Line::Whole(b"one")));
        assert_eq!(buffer.next_line(), None);
        buffer.rest();
        buffer.space()[..5].copy_from_slice(b"line\n");
        buffer.filled(5);
        assert_eq!(buffer.next_line(), Some(Line::Whole(b"half-line")));
        buffer.rest();
        assert_eq!(buffer.bytes.capacity(), 0);
        assert_eq!(buffer.next_line(), None);
        assert_eq!(buffer.space().len(), MIN_ROOM);
    }

    #[test]
    fn a_room_is_lent_when_all_of_it_is_read() {
        let (mut one, mut other) = (LineBuffer::new(4096, Ending::Lf), LineBuffer::new(4096, Ending::Lf));
        assert_eq!(one.lend(), None);
        one.space()[..9].copy_from_slice(b"one\nhalf-");
        one.filled(9);
        assert_eq!(one.next_line(), Some(Line::Whole(b"one")));
        assert_eq!(one.next_line(), None);
        assert_eq!(one.lend(), None, "a line has begun");
        one.space()[..5].copy_from_slice(b"line\n");
        one.filled(5);
        assert_eq!(one.next_line(), Some(Line::Whole(b"half-line")));
        other.borrow(|| one.lend().unwrap());
        other.space()[..4].copy_from_slice(b"two\n");
        other.filled(4);
        assert_eq!(other.next_line(), Some(Line::Whole(b"two")));
        other.space()[..5].copy_from_slice(b"three");
        other.filled(5);
        other.borrow(|| unreachable!());
        other.end();
        assert_eq!(other.next_line(), Some(Line::Last(b"three")));
        assert_eq!(one.next_line(), None);
        assert_eq!(one.space().len(), MIN_ROOM);
    }

    #[test]
    fn the_room_settles_on_the_segments_of_a_client() {
        let mut buffer = LineBuffer::new(4096, Ending::Lf);
        let mut say = |length: usize| {
            let segment = [&vec![b'x'; length - 1][..], b"\n"].concat();
            let (mut rest, mut rooms) = (&segment[..], Vec::new());
            while !rest.is_empty() {
                let space = buffer.space();
                let count = rest.len().min(space.len());
                space[..count].copy_from_slice(&rest[..count]);
                buffer.filled(count);
                while buffer.next_line().is_some() {}
                rest = &rest[count..];
                rooms.push(buffer.bytes.len());
            }
            rooms
        };
        let _ = say(1056);
        for _ in 0..100 {
            assert_eq!(say(1056), [2048], "one read, and no other room");
        }
        let rooms: Vec<_> = (0..100).flat_map(|_| say(66)).collect();
        assert_eq!((rooms[0], rooms[99]), (2048, MIN_ROOM));
    }

    #[test]
    fn a_long_line_is_skipped_to_its_end() {
        let found = lines(b"short\nmuch too long\nagain\n", &[], 5, Ending::Lf);
        let expected: [(bool, &[u8]); 3] = [(true, b"short"), (false, b"much "), (true, b"again")];
        assert_eq!(found, expected.map(|(whole, line)| (whole, line.to_vec())));
    }

    #[test]
    fn a_stream_without_an_end_of_line_stays_bounded() {
        let mut buffer = LineBuffer::new(1024, Ending::Lf);
        for _ in 0..1000 {
            let count = buffer.space().len();
            buffer.filled(count);
            while buffer.next_line().is_some() {}
        }
        assert!(buffer.bytes.len() <= MAX_ROOM);
    }

    #[test]
    fn the_room_shrinks_when_a_burst_is_over() {
        let mut buffer = LineBuffer::new(1024, Ending::Lf);
        for count in [usize::MAX; 8].into_iter().chain([1; 8]) {
            let space = buffer.space();
            let count = count.min(space.len());
            space[..count].fill(b'\n');
            buffer.filled(count);
            while buffer.next_line().is_some() {}
        }
        assert_eq!(buffer.space().len(), MIN_ROOM);
    }

    #[test]
    fn a_line_is_too_long_as_soon_as_no_ending_can_save_it() {
        for (line, ending, long) in [
            (&b"12345"[..], Ending::CrLf, false),
            (b"12345\r", Ending::CrLf, false),
            (b"123456", Ending::CrLf, true),
            (b"12345\rx", Ending::CrLf, true),
            (b"12345\r", Ending::Lf, true),
        ] {
            let mut buffer = LineBuffer::new(5, ending);
            buffer.space()[..line.len()].copy_from_slice(line);
            buffer.filled(line.len());
            let found = buffer.next_line();
            assert_eq!(found, long.then_some(Line::Long(b"12345")), "{}", line.escape_ascii());
        }
    }

    /// The lines of a stream, the plain way.
    fn split(stream: &[u8], max_line: usize, ending: Ending) -> Vec<(bool, Vec<u8>)> {
        let mut lines: Vec<_> = stream.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        // What follows the last LF is a line of its own only when there is something.
        let last = lines.pop().filter(|last| !last.is_empty());
        if ending == Ending::CrLf {
            for line in &mut lines {
                line.truncate(line.strip_suffix(b"\r").unwrap_or(line).len());
            }
        }
        let cut = |line: Vec<u8>| (line.len() <= max_line, line[..line.len().min(max_line)].to_vec());
        lines.into_iter().chain(last).map(cut).collect()
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_lines(
            stream in proptest::collection::vec(
                prop_oneof![3 => Just(b'\n'), 2 => Just(b'\r'), 10 => any::<u8>()],
                0..4000,
            ),
            chunks in proptest::collection::vec(1..600_usize, 0..100),
            max_line in 1..40_usize,
            ending in prop_oneof![Just(Ending::Lf), Just(Ending::CrLf)],
        ) {
            prop_assert_eq!(lines(&stream, &chunks, max_line, ending), split(&stream, max_line, ending));
        }
    }
}
