use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{metrics::Direction, protocol::Name};

/// Kind, seconds, nanoseconds, length.
const HEADER_BYTES: usize = 1 + 8 + 4 + 4;

/// What was noted between two flushes: what the queue holds.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) source: Source,
    pub(super) frames: Vec<u8>,
    pub(super) events: u32,
}

/// Whose lines a batch holds.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// The number of a client connection.
    Client(u64),
    /// The keys `peer` and `direction`, rendered.
    Link(Arc<str>),
    /// The server itself: events that are no lines.
    Server,
}

/// One event within a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) kind: Kind,
    /// Seconds since the epoch.
    pub(super) secs: u64,
    pub(super) nanos: u32,
    pub(super) bytes: &'a [u8],
}

/// What a frame's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line without LF that came in.
    In,
    /// A line or reply, with or without its LF, that went out.
    Out,
    /// A peer's line without LF that breaks the grammar.
    Malformed,
    /// The beginning of a peer's line that is too long.
    TooLong,
    /// A rendered [`super::Event`].
    Event,
}

impl Kind {
    const ALL: [Self; 5] = [Self::In, Self::Out, Self::Malformed, Self::TooLong, Self::Event];
}

impl Source {
    pub(super) fn link(peer: &Name, direction: Direction) -> Self {
        // A name holds nothing that JSON escapes.
        Self::Link(format!(r#""peer":"{peer}","direction":"{}""#, direction.as_str()).into())
    }
}

impl Batch {
    /// Appends an event.
    pub(super) fn push(&mut self, kind: Kind, at: SystemTime, bytes: &[u8]) {
        push(&mut self.frames, kind, at, bytes);
        self.events += 1;
    }
}

/// Appends a frame. Bytes beyond 4 GiB, which no limit lets through, are cut.
fn push(frames: &mut Vec<u8>, kind: Kind, at: SystemTime, bytes: &[u8]) {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut header = [0; HEADER_BYTES];
    header[0] = kind as u8;
    header[1..9].copy_from_slice(&since.as_secs().to_le_bytes());
    header[9..13].copy_from_slice(&since.subsec_nanos().to_le_bytes());
    header[13..].copy_from_slice(&len.to_le_bytes());
    frames.reserve(HEADER_BYTES + bytes.len());
    frames.extend_from_slice(&header);
    frames.extend_from_slice(&bytes[..len as usize]);
}

/// The frames of a batch, in the order they were pushed.
pub(super) fn frames(mut rest: &[u8]) -> impl Iterator<Item = Frame<'_>> {
    std::iter::from_fn(move || {
        let (&[kind], tail) = rest.split_first_chunk()?;
        let (&secs, tail) = tail.split_first_chunk()?;
        let (&nanos, tail) = tail.split_first_chunk()?;
        let (&len, tail) = tail.split_first_chunk()?;
        let (bytes, tail) = tail.split_at_checked(u32::from_le_bytes(len) as usize)?;
        rest = tail;
        let kind = *Kind::ALL.get(usize::from(kind))?;
        Some(Frame { kind, secs: u64::from_le_bytes(secs), nanos: u32::from_le_bytes(nanos), bytes })
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kinds_are_indexed_by_their_number() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
    }

    proptest! {
        #[test]
        fn frames_come_back_as_pushed(
            pushed in proptest::collection::vec((0usize..5, 0u64..1 << 40, 0u32..1_000_000_000, any::<Vec<u8>>()), 0..8)
        ) {
            let mut buffer = Vec::new();
            for (kind, secs, nanos, bytes) in &pushed {
                push(&mut buffer, Kind::ALL[*kind], UNIX_EPOCH + Duration::new(*secs, *nanos), bytes);
            }
            let back: Vec<_> = frames(&buffer).map(|f| (f.kind as usize, f.secs, f.nanos, f.bytes.to_vec())).collect();
            prop_assert_eq!(back, pushed);
        }
    }
}
