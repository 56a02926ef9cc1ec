use memchr::memchr;

/// A line as it stood between two LFs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line of at most the longest length, without its LF.
    Whole(&'a [u8]),
    /// The first bytes, as many as the longest length, of a longer line. The rest of it is skipped unseen.
    Long(&'a [u8]),
    /// What came after the last LF of a stream that has ended.
    Last(&'a [u8]),
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
    /// What the last read left of the room that it was offered.
    spare: usize,
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
    /// A buffer for lines of up to `max_line` bytes, LF left out.
    ///
    /// # Panics
    ///
    /// When `max_line` is not below 8 KiB: the buffer must hold a line and have room to read on.
    #[must_use]
    pub fn new(max_line: usize) -> Self {
        assert!(max_line < MAX_ROOM / 2, "a line and the next read fit into the buffer");
        Self {
            bytes: vec![0; MIN_ROOM],
            start: 0,
            end: 0,
            scanned: 0,
            max_line,
            spare: MIN_ROOM / 2,
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

    /// The next line that has come to its end or has grown too long; `None` when more bytes are needed, or no more
    /// will come.
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        self.skip();
        let unread = &self.bytes[self.scanned..self.end];
        let (length, terminator) = match memchr(b'\n', unread) {
            Some(at) => (self.scanned + at - self.start, 1),
            None => (self.end - self.start, 0),
        };
        let start = self.start;
        if length > self.max_line {
            self.skipping = terminator == 0;
            self.consume(length + terminator);
            return Some(Line::Long(&self.bytes[start..start + self.max_line]));
        }
        if terminator == 0 && !(self.ended && length > 0) {
            self.scanned = self.end;
            return None;
        }
        self.consume(length + terminator);
        let line = &self.bytes[start..start + length];
        Some(if terminator == 0 { Line::Last(line) } else { Line::Whole(line) })
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

    /// Moves what is unread to the front and fits the room to what the last read found.
    fn resize(&mut self) {
        let unread = self.end - self.start;
        self.bytes.copy_within(self.start..self.end, 0);
        (self.scanned, self.start, self.end) = (self.scanned - self.start, 0, unread);
        let room = self.bytes.len();
        if self.spare == 0 && room < MAX_ROOM {
            self.bytes.resize(room * 2, 0);
        } else if unread == 0 && room > MIN_ROOM && self.spare > room / 4 * 3 {
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
    fn lines(stream: &[u8], chunks: &[usize], max_line: usize) -> Vec<(bool, Vec<u8>)> {
        let mut buffer = LineBuffer::new(max_line);
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
    fn a_long_line_is_skipped_to_its_end() {
        let found = lines(b"short\nmuch too long\nagain\n", &[], 5);
        let expected: [(bool, &[u8]); 3] = [(true, b"short"), (false, b"much "), (true, b"again")];
        assert_eq!(found, expected.map(|(whole, line)| (whole, line.to_vec())));
    }

    #[test]
    fn a_stream_without_an_end_of_line_stays_bounded() {
        let mut buffer = LineBuffer::new(1024);
        for _ in 0..1000 {
            let count = buffer.space().len();
            buffer.filled(count);
            while buffer.next_line().is_some() {}
        }
        assert!(buffer.bytes.len() <= MAX_ROOM);
    }

    #[test]
    fn the_room_shrinks_when_a_burst_is_over() {
        let mut buffer = LineBuffer::new(1024);
        for count in [usize::MAX; 8].into_iter().chain([1; 8]) {
            let space = buffer.space();
            let count = count.min(space.len());
            space[..count].fill(b'\n');
            buffer.filled(count);
            while buffer.next_line().is_some() {}
        }
        assert_eq!(buffer.space().len(), MIN_ROOM);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_lines(
            stream in proptest::collection::vec(prop_oneof![3 => Just(b'\n'), 10 => any::<u8>()], 0..4000),
            chunks in proptest::collection::vec(1..600_usize, 0..100),
            max_line in 1..40_usize,
        ) {
            let whole: Vec<_> = stream.split(|b| *b == b'\n').map(|line| {
                if line.len() <= max_line { (true, line.to_vec()) } else { (false, line[..max_line].to_vec()) }
            }).collect();
            // What follows the last LF is a line of its own only when there is something.
            let expected = if whole.last().is_some_and(|(_, line)| line.is_empty()) { &whole[..whole.len() - 1] } else { &whole };
            prop_assert_eq!(lines(&stream, &chunks, max_line), expected);
        }
    }
}
