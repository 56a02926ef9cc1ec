use std::cmp::Ordering;

use crate::protocol::{At, Time};

/// The newest that is known of a client: its AT line, byte for byte as its origin wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    line: Vec<u8>,
    client_at: u16,
    client_len: u16,
    time: Time,
}

impl Record {
    /// The AT line, without LF.
    #[must_use]
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// Where in the line the client ID starts.
    #[must_use]
    pub fn client_at(&self) -> usize {
        usize::from(self.client_at)
    }

    /// The client ID.
    #[must_use]
    pub fn client(&self) -> &[u8] {
        &self.line[self.client_at()..][..usize::from(self.client_len)]
    }

    /// Whether a told record wins over this one: the greater (time, line) does, everywhere (PROTOCOL section 5).
    #[must_use]
    pub fn is_older_than(&self, at: &At<'_>) -> bool {
        self.time.cmp(&at.time).then_with(|| self.line.as_slice().cmp(at.line)) == Ordering::Less
    }

    /// Takes over a told record of the same client; allocates only when the line has grown.
    pub(super) fn replace(&mut self, at: &At<'_>) {
        let Self { line, client_at, client_len, time } = self;
        line.clear();
        line.extend_from_slice(at.line);
        (*client_at, *client_len) = client_range(at);
        *time = at.time;
    }
}

impl From<&At<'_>> for Record {
    fn from(at: &At<'_>) -> Self {
        let (client_at, client_len) = client_range(at);
        Self { line: at.line.to_vec(), client_at, client_len, time: at.time }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an AT line that passed the grammar is at most 409 bytes long")]
fn client_range(at: &At<'_>) -> (u16, u16) {
    (at.client_at as u16, at.client.len() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str) -> At<'_> {
        At::parse(line.as_bytes()).unwrap()
    }

    #[test]
    fn the_later_time_wins_then_the_greater_line() {
        let record = Record::from(&at("AT Hands +0.000000001 kiwi +1-1 7.5"));
        assert!(record.is_older_than(&at("AT Goloman -9.000000000 kiwi +0-0 7.500000001")));
        assert!(record.is_older_than(&at("AT Hands +0.000000002 kiwi +1-1 7.5")));
        assert!(record.is_older_than(&at("AT Hands +0.000000001 kiwi +1-1 7.50")));
        assert!(!record.is_older_than(&at("AT Hands +0.000000001 kiwi +1-1 7.5")));
        assert!(!record.is_older_than(&at("AT Goloman +0.000000001 kiwi +1-1 7.5")));
        assert!(!record.is_older_than(&at("AT Wilkes +0.000000001 kiwi +1-1 7.4")));
    }

    #[test]
    fn a_replaced_record_is_that_which_was_told() {
        let mut record = Record::from(&at("AT Hands +0.000000001 kiwi +1-1 7"));
        let newer = at("AT Goloman +123.000000001 kiwi +1.25-1 8");
        record.replace(&newer);
        assert_eq!(record, Record::from(&newer));
        assert_eq!(record.client(), b"kiwi");
    }
}
