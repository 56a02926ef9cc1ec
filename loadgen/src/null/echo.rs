/// Longest line, terminator left out (PROTOCOL 1.5).
const MAX_LINE_BYTES: usize = 4096;
const VERB: &[u8] = b"IAMAT ";
const ANSWER: &[u8] = b"AT Null +0.000000000 ";

/// A line is longer than any that is answered; the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oversized;

/// One connection of a server whose replies pass a check: an IAMAT is answered with its own three fields, as they were
/// written, anything else as invalid. Nothing is parsed.
#[derive(Debug, Default)]
pub(crate) struct Echo {
    /// The beginning of a line whose LF has not come.
    unfinished: Vec<u8>,
    replies: Vec<u8>,
    written_bytes: usize,
}

impl Echo {
    /// Takes what was read. The lines before an oversized one are answered.
    pub(crate) fn take(&mut self, input: &[u8]) -> Result<(), Oversized> {
        let mut begin = 0;
        for end in memchr::memchr_iter(b'\n', input) {
            self.line(&input[begin..end])?;
            begin = end + 1;
        }
        self.keep(&input[begin..])
    }

    /// Answers a line whose last part this is.
    fn line(&mut self, part: &[u8]) -> Result<(), Oversized> {
        if self.unfinished.is_empty() {
            return answer(part, &mut self.replies);
        }
        self.keep(part)?;
        answer(&self.unfinished, &mut self.replies)?;
        self.unfinished.clear();
        Ok(())
    }

    fn keep(&mut self, part: &[u8]) -> Result<(), Oversized> {
        // One more, for a CR that may belong to the terminator.
        if self.unfinished.len() + part.len() > MAX_LINE_BYTES + 1 {
            return Err(Oversized);
        }
        self.unfinished.extend_from_slice(part);
        Ok(())
    }

    /// What is to be written next.
    pub(crate) fn next(&self) -> &[u8] {
        &self.replies[self.written_bytes..]
    }

    /// So many bytes of it were written.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.written_bytes += bytes;
        if self.written_bytes == self.replies.len() {
            self.replies.clear();
            self.written_bytes = 0;
        }
    }
}

fn answer(line: &[u8], replies: &mut Vec<u8>) -> Result<(), Oversized> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > MAX_LINE_BYTES {
        return Err(Oversized);
    }
    let (before, text) = line.strip_prefix(VERB).map_or((&b"? "[..], line), |fields| (ANSWER, fields));
    replies.extend_from_slice(before);
    replies.extend_from_slice(text);
    replies.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn replies(echo: &mut Echo) -> Vec<u8> {
        let replies = echo.next().to_vec();
        echo.wrote(replies.len());
        replies
    }

    #[test]
    fn a_client_gets_its_own_fields() {
        let mut echo = Echo::default();
        echo.take(b"IAMAT a +1-1 5.5\nWHATSAT a 1 1\r\n\nIAMAT b").unwrap();
        assert_eq!(replies(&mut echo), b"AT Null +0.000000000 a +1-1 5.5\n? WHATSAT a 1 1\n? \n");
        echo.take(b" +2-2 6\r\n").unwrap();
        assert_eq!(replies(&mut echo), b"AT Null +0.000000000 b +2-2 6\n");
    }

    #[test]
    fn an_oversized_line_ends_it_after_what_came_before() {
        let most = "x".repeat(MAX_LINE_BYTES);
        let mut echo = Echo::default();
        assert_eq!(echo.take(format!("a\n{most}\r\n{most}y\n").as_bytes()), Err(Oversized));
        assert_eq!(replies(&mut echo), format!("? a\n? {most}\n").as_bytes());
        let mut endless = Echo::default();
        let taken = (0..100).take_while(|_| endless.take(&[b'z'; 1000]).is_ok()).count();
        assert_eq!(taken, 4);
        assert!(endless.unfinished.len() <= MAX_LINE_BYTES + 1);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_replies(text in "(IAMAT |[a-c \r\n]){0,60}", chunk_bytes in 1..20_usize) {
            let (mut whole, mut chunked) = (Echo::default(), Echo::default());
            whole.take(text.as_bytes()).unwrap();
            for chunk in text.as_bytes().chunks(chunk_bytes) {
                chunked.take(chunk).unwrap();
            }
            prop_assert_eq!(replies(&mut whole), replies(&mut chunked));
        }
    }
}
