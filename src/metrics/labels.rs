use std::fmt;

use serde::{Serialize, Serializer};

use crate::{
    places::Outcome,
    protocol::{Close, Verb},
};

/// Who dialled a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The neighbour: its records come in.
    In,
    /// This server: its records go out.
    Out,
}

/// Why a client connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The client ended its side.
    EndOfInput,
    /// The connection was reset, or a read or write failed.
    Reset,
    /// A line was longer than a line may be.
    OversizedLine,
    /// Its first line was of HTTP or TLS.
    OtherProtocol,
    /// A line was not finished in time, or the first one did not come.
    LineTimeout,
    /// Nothing came between two lines for too long.
    IdleTimeout,
    /// The client did not take a reply in time.
    WriteTimeout,
    /// The server had its limit of clients.
    TooManyClients,
    /// The server is draining.
    ShuttingDown,
    /// The server closes after each first reply.
    AfterReply,
    /// The server could not serve it: no thread, or a panic.
    ServerError,
}

/// Whether a command was valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Validity {
    /// It was.
    Ok,
    /// It was answered with `?`.
    Invalid,
}

/// Who brought a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A client.
    Client,
    /// A neighbour.
    Peer,
}

/// What a merge did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Merge {
    /// The store changed.
    News,
    /// It held the record or a newer one.
    Old,
}

/// A closed set of label values, so that counters can stand in an array.
pub(super) trait Label: Copy + 'static {
    /// All values, each at its own number.
    const ALL: &'static [Self];

    /// The label's value.
    fn value(self) -> &'static str;

    /// Its place in `ALL`.
    fn index(self) -> usize;
}

impl Direction {
    /// `in` or `out`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

impl Serialize for Direction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl CloseReason {
    /// In words, for the journal and as a label: `end of input`, `line timeout` and so on.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndOfInput => "end of input",
            Self::Reset => "reset",
            Self::OversizedLine => "oversized line",
            Self::OtherProtocol => "other protocol",
            Self::LineTimeout => "line timeout",
            Self::IdleTimeout => "idle timeout",
            Self::WriteTimeout => "write timeout",
            Self::TooManyClients => "too many clients",
            Self::ShuttingDown => "shutting down",
            Self::AfterReply => "after reply",
            Self::ServerError => "server error",
        }
    }
}

impl From<Close> for CloseReason {
    fn from(why: Close) -> Self {
        match why {
            Close::EndOfInput => Self::EndOfInput,
            Close::LongLine => Self::OversizedLine,
            Close::OtherProtocol => Self::OtherProtocol,
            Close::LineTimeout => Self::LineTimeout,
            Close::IdleTimeout => Self::IdleTimeout,
            Close::AfterReply => Self::AfterReply,
            Close::ShuttingDown => Self::ShuttingDown,
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Label for Direction {
    const ALL: &'static [Self] = &[Self::In, Self::Out];

    fn value(self) -> &'static str {
        self.as_str()
    }

    fn index(self) -> usize {
        self as usize
    }
}

impl Label for CloseReason {
    const ALL: &'static [Self] = &[
        Self::EndOfInput,
        Self::Reset,
        Self::OversizedLine,
        Self::OtherProtocol,
        Self::LineTimeout,
        Self::IdleTimeout,
        Self::WriteTimeout,
        Self::TooManyClients,
        Self::ShuttingDown,
        Self::AfterReply,
        Self::ServerError,
    ];

    fn value(self) -> &'static str {
        self.as_str()
    }

    fn index(self) -> usize {
        self as usize
    }
}

impl Label for Verb {
    const ALL: &'static [Self] = &[Self::Iamat, Self::Whatsat, Self::Other];

    fn value(self) -> &'static str {
        match self {
            Self::Iamat => "iamat",
            Self::Whatsat => "whatsat",
            Self::Other => "other",
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

impl Label for Validity {
    const ALL: &'static [Self] = &[Self::Ok, Self::Invalid];

    fn value(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Invalid => "invalid",
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

impl Label for Outcome {
    const ALL: &'static [Self] = &Self::ALL;

    fn value(self) -> &'static str {
        self.as_str()
    }

    fn index(self) -> usize {
        self as usize
    }
}

impl Label for Source {
    const ALL: &'static [Self] = &[Self::Client, Self::Peer];

    fn value(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Peer => "peer",
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

impl Label for Merge {
    const ALL: &'static [Self] = &[Self::News, Self::Old];

    fn value(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Old => "old",
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_indexed<L: Label>() {
        for (place, label) in L::ALL.iter().enumerate() {
            assert_eq!(label.index(), place, "{}", label.value());
        }
    }

    #[test]
    fn labels_stand_at_their_number() {
        assert_indexed::<Direction>();
        assert_indexed::<CloseReason>();
        assert_indexed::<Verb>();
        assert_indexed::<Validity>();
        assert_indexed::<Outcome>();
        assert_indexed::<Source>();
        assert_indexed::<Merge>();
    }
}
