use std::{fmt, io, path::Path, process::ExitStatus, time::Duration};

use crate::fault::{Fault, Place};

/// Why a variant cannot be read, built, started or asked.
#[derive(Debug, thiserror::Error)]
pub enum VariantError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {cause}")]
    Unreadable {
        /// Its path.
        file: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The file says something that it may not say, or leaves out what it must say.
    #[error("{file}{place}: {message}")]
    Malformed {
        /// Its path.
        file: String,
        /// `:LINE:COLUMN`, counted from 1, or nothing where the whole file is at fault.
        place: Place,
        /// What is wrong and what would be right.
        message: String,
    },
    /// Something that the variant needs is not here.
    #[error("{variant} is not run: {}", .missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Missing {
        /// The variant's name.
        variant: String,
        /// What is not here, and how to install it.
        missing: Vec<Missing>,
    },
    /// A command cannot be started at all.
    #[error("cannot start `{command}`: {cause}")]
    NotStarted {
        /// The command line.
        command: String,
        /// What the system says.
        cause: io::Error,
    },
    /// A command ended, but not well.
    #[error("`{command}` failed ({status}):\n{said}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// Its last lines on both streams.
        said: String,
    },
    /// A command or a server took longer than it may.
    #[error("`{command}` was not {awaited} within {patience:?}:\n{said}")]
    Late {
        /// The command line.
        command: String,
        /// `done`, `ready` or `ended`.
        awaited: &'static str,
        /// How long it was waited for.
        patience: Duration,
        /// Its last lines on both streams.
        said: String,
    },
    /// A server said that it is ready, but not where.
    #[error("`{command}` printed {line:?}, which is no line `ready NAME CLIENTS PEERS ADMIN`")]
    NotReady {
        /// The command line.
        command: String,
        /// What it printed.
        line: String,
    },
    /// Another process listens where the server is to listen.
    #[error("{variant} cannot be started: another process listens at {address}; end it first")]
    Taken {
        /// The variant's name.
        variant: String,
        /// The address.
        address: std::net::SocketAddr,
    },
    /// The system failed where it should not.
    #[error("cannot look after `{command}`: {cause}")]
    System {
        /// The command line.
        command: String,
        /// What the system says.
        cause: io::Error,
    },
}

impl VariantError {
    /// The fault of a file with this text.
    pub(super) fn malformed(fault: Fault, file: &Path, text: &str) -> Self {
        Self::Malformed { file: file.display().to_string(), place: Place::of(&fault, text), message: fault.message }
    }
}

/// A need that is not met here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What it is, and how to install it.
    pub install: String,
    /// What came of the probe.
    pub why: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it needs {} ({})", self.install, self.why)
    }
}
