use super::format::{LoadError, MAX_TEXT_BYTES};

/// Many short texts in one allocation, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    text: Box<str>,
    /// Where each line's LF stands; the next line begins after it.
    ends: Box<[u32]>,
}

impl Lines {
    /// Reads exactly `count` lines, each ended by LF.
    pub(super) fn parse(bytes: &[u8], count: usize, section: &'static str) -> Result<Self, LoadError> {
        let invalid = |problem| LoadError::Invalid { section, problem };
        let text = str::from_utf8(bytes).map_err(|_| invalid("not UTF-8"))?;
        if !text.is_empty() && !text.ends_with('\n') {
            return Err(invalid("the last line has no end"));
        }
        let mut ends = Vec::with_capacity(count);
        // The content's limit of 64 MiB keeps every position within 32 bits.
        for (end, _) in (0_u32..).zip(bytes).filter(|(_, byte)| **byte == b'\n') {
            ends.push(end);
        }
        if ends.len() != count {
            return Err(invalid("another number of lines than its count says"));
        }
        let lines = Self { text: text.into(), ends: ends.into() };
        if (0..count).any(|number| lines.line(number).len() > MAX_TEXT_BYTES) {
            return Err(invalid("a line is too long"));
        }
        Ok(lines)
    }

    /// The line of that number, which must be below the count.
    pub(super) fn line(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] as usize + 1 };
        &self.text[start..self.ends[number] as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_number_and_counted() {
        let lines = Lines::parse("a\n\nÅ b\n".as_bytes(), 3, "names").unwrap();
        assert_eq!((0..lines.len()).map(|i| lines.line(i)).collect::<Vec<_>>(), ["a", "", "Å b"]);
        assert_eq!(Lines::parse(b"", 0, "names").unwrap().len(), 0);
        let long = "x".repeat(MAX_TEXT_BYTES + 1) + "\n";
        for (bytes, count) in
            [(&b"a\n"[..], 2), (b"a\nb\n", 1), (b"a", 1), (b"a", 0), (b"\xff\n", 1), (long.as_bytes(), 1)]
        {
            assert!(matches!(Lines::parse(bytes, count, "names"), Err(LoadError::Invalid { .. })), "{bytes:?}");
        }
    }
}
