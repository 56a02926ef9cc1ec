use std::sync::Arc;

use super::{
    echo::{Echo, Oversized},
    reply::Reply,
};

/// What a connection's lines are answered with, and how many bytes of it are still to be written.
#[derive(Debug)]
pub(super) enum Answers {
    /// The same line each time: a number is all there is to remember.
    Constant { reply: Arc<Reply>, owed_bytes: usize },
    /// The client's own fields.
    Echo(Echo),
}

/// How a server answers.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Constant(Arc<Reply>),
    Echo,
}

impl Kind {
    /// For a new connection.
    pub(super) fn answers(&self) -> Answers {
        match self {
            Self::Constant(reply) => Answers::Constant { reply: Arc::clone(reply), owed_bytes: 0 },
            Self::Echo => Answers::Echo(Echo::default()),
        }
    }
}

impl Answers {
    /// Takes what was read; what it is answered with is then to be written.
    pub(super) fn take(&mut self, input: &[u8]) -> Result<(), Oversized> {
        match self {
            Self::Constant { reply, owed_bytes } => {
                *owed_bytes += reply.bytes_for(memchr::memchr_iter(b'\n', input).count());
                Ok(())
            }
            Self::Echo(echo) => echo.take(input),
        }
    }

    /// What is to be written next; empty when everything is answered.
    pub(super) fn next(&self) -> &[u8] {
        match self {
            Self::Constant { owed_bytes: 0, .. } => &[],
            Self::Constant { reply, owed_bytes } => reply.next(*owed_bytes),
            Self::Echo(echo) => echo.next(),
        }
    }

    /// So many bytes of it were written.
    pub(super) fn wrote(&mut self, bytes: usize) {
        match self {
            Self::Constant { owed_bytes, .. } => *owed_bytes -= bytes,
            Self::Echo(echo) => echo.wrote(bytes),
        }
    }
}
