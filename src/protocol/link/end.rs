use std::fmt;

/// Why a link ended, as far as the protocol knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEnd {
    /// The other end closed it.
    EndOfInput,
    /// The acceptor refused the HELLO, for this reason.
    Refused(String),
    /// The other end said HELLO in a wrong way.
    BadHello(&'static str),
    /// A line that has no place where it came.
    UnexpectedLine(String),
    /// SYNC or ACK with another number than the one that was due.
    WrongNumber {
        /// What was due.
        due: u64,
        /// What came.
        came: u64,
    },
}

impl LinkEnd {
    pub(super) fn unexpected(line: &[u8]) -> Self {
        const SHOWN: usize = 80;
        Self::UnexpectedLine(line[..line.len().min(SHOWN)].escape_ascii().to_string())
    }
}

impl fmt::Display for LinkEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndOfInput => f.write_str("closed by the other end"),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
            Self::BadHello(what) => write!(f, "bad HELLO: {what}"),
            Self::UnexpectedLine(line) => write!(f, "unexpected line: {line}"),
            Self::WrongNumber { due, came } => write!(f, "batch {due} was due, {came} came"),
        }
    }
}

impl std::error::Error for LinkEnd {}
