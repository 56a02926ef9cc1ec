use anyhow::bail;

/// Bytes that one write takes at most, unless a single reply is longer: what a socket's buffer usually has room for.
const BLOCK_BYTES: usize = 64 * 1024;
/// Longest reply, LF included.
const MAX_REPLY_BYTES: usize = 64 * 1024;
/// What an AT line holds besides the client's name, which is padded to make it as long as is asked.
const BEFORE_NAME: &str = "AT Null +0.000000000 ";
const AFTER_NAME: &str = " +34.068930-118.445127 1520023934.918963997\n";
const SHORTEST: usize = BEFORE_NAME.len() + AFTER_NAME.len() + 1;

/// The constant reply, repeated as often as fits a block, so that many replies are one write.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    block: Vec<u8>,
    reply_bytes: usize,
}

impl Reply {
    /// A text as the line that every request is answered with.
    pub(super) fn of_text(text: &str) -> anyhow::Result<Self> {
        if text.contains('\n') {
            bail!("--reply is one line; its LF is added");
        }
        if text.len() >= MAX_REPLY_BYTES {
            bail!("--reply has {} bytes; at most {} are sent", text.len(), MAX_REPLY_BYTES - 1);
        }
        Ok(Self::of_line(&format!("{text}\n")))
    }

    /// A well-formed AT line of so many bytes, LF included.
    pub(super) fn of_length(bytes: usize) -> anyhow::Result<Self> {
        if !(SHORTEST..=MAX_REPLY_BYTES).contains(&bytes) {
            bail!("--reply-bytes is {bytes}; an AT line has {SHORTEST} to {MAX_REPLY_BYTES}, --reply sends any other");
        }
        let name = "n".repeat(bytes - SHORTEST + 1);
        Ok(Self::of_line(&format!("{BEFORE_NAME}{name}{AFTER_NAME}")))
    }

    fn of_line(line: &str) -> Self {
        let times = (BLOCK_BYTES / line.len()).max(1);
        Self { block: line.repeat(times).into_bytes(), reply_bytes: line.len() }
    }

    /// Bytes that so many lines are answered with.
    pub(super) fn bytes_for(&self, lines: usize) -> usize {
        lines * self.reply_bytes
    }

    /// What to write next when so many bytes of replies are still owed: all of it where a block has as much.
    pub(super) fn next(&self, owed_bytes: usize) -> &[u8] {
        let left = owed_bytes % self.reply_bytes;
        let begin = if left == 0 { 0 } else { self.reply_bytes - left };
        let end = (begin + owed_bytes).min(self.block.len());
        &self.block[begin..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_length_asked_for() {
        for bytes in [SHORTEST, 90, MAX_REPLY_BYTES] {
            let reply = Reply::of_length(bytes).unwrap();
            let line = reply.next(bytes);
            assert_eq!(line.len(), bytes);
            assert!(line.starts_with(b"AT Null ") && line.ends_with(b"\n"));
            assert_eq!(line.split(|byte| *byte == b' ').count(), 6);
        }
        assert!(Reply::of_length(SHORTEST - 1).is_err() && Reply::of_length(MAX_REPLY_BYTES + 1).is_err());
    }

    #[test]
    fn a_text_is_one_line() {
        assert_eq!(Reply::of_text("pong").unwrap().next(5), b"pong\n");
        assert!(Reply::of_text("a\nb").is_err());
        assert!(Reply::of_text(&"x".repeat(MAX_REPLY_BYTES)).is_err());
    }

    #[test]
    fn any_sizes_of_writes_give_the_same_replies() {
        let reply = Reply::of_text("0123456").unwrap();
        for step in [1, 3, 8, 1000, usize::MAX] {
            let (mut owed, mut sent) = (reply.bytes_for(20_000), Vec::new());
            while owed > 0 {
                let next = reply.next(owed);
                let written = next.len().min(step);
                sent.extend_from_slice(&next[..written]);
                owed -= written;
            }
            assert_eq!(sent, b"0123456\n".repeat(20_000), "{step}");
        }
    }
}
