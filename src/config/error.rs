use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::fault::{Fault, Place};

/// Why a config is no herd: where it says so, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    file: Option<PathBuf>,
    place: Option<Place>,
    message: String,
}

impl ConfigError {
    /// The line of the fault, counted from 1, where the fault has a place.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.line)
    }

    pub(super) fn new(text: &str, fault: Fault) -> Self {
        Self { file: None, place: fault.place(text), message: fault.message }
    }

    pub(super) fn unreadable(path: &Path, cause: &std::io::Error) -> Self {
        Self { file: Some(path.to_owned()), place: None, message: format!("cannot be read: {cause}") }
    }

    pub(super) fn in_file(mut self, path: &Path) -> Self {
        self.file = Some(path.to_owned());
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}", file.display())?,
            None => f.write_str("config")?,
        }
        let Some(place) = &self.place else { return write!(f, ": {}", self.message) };
        writeln!(f, ":{}:{}: {}", place.line, place.column, self.message)?;
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", place.text)?;
        write!(f, "{margin} | {}{}", " ".repeat(place.column - 1), "^".repeat(place.width))
    }
}
