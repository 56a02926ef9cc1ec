use std::{io, process::ExitCode};

use super::terminal;
use crate::config::{ConfigError, UnknownServer};

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was typed, or the config, means nothing: exit code 2.
    Usage(anyhow::Error),
    /// It was understood and went wrong: exit code 1.
    Failed(anyhow::Error),
    /// It went wrong and the user has been told: exit code 1.
    Told,
}

impl Failure {
    /// A failure to be told in these words.
    pub(super) fn because(message: impl Into<String>) -> Self {
        Self::Failed(anyhow::Error::msg(message.into()))
    }

    /// A misuse to be told in these words.
    pub(super) fn misuse(message: impl Into<String>) -> Self {
        Self::Usage(anyhow::Error::msg(message.into()))
    }

    /// Tells the user, and says what the process exits with.
    pub(super) fn report(self, program: &str) -> ExitCode {
        let (code, error) = match self {
            Self::Usage(error) => (2, error),
            Self::Failed(error) => (1, error),
            Self::Told => return ExitCode::from(1),
        };
        terminal::complain(program, &format!("{error:#}"));
        ExitCode::from(code)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.into())
    }
}

impl From<UnknownServer> for Failure {
    fn from(error: UnknownServer) -> Self {
        Self::Usage(error.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}
