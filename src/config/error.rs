use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

/// Why a config is no herd: where it says so, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    file: Option<PathBuf>,
    place: Option<Place>,
    message: String,
}

/// A place in the file, counted from 1, and its line as far as the fault reaches: what follows may be a key that
/// somebody wrote where none belongs, and is not for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
    width: usize,
    text: String,
}

/// What is wrong with the bytes of a span; the whole file where there is none.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Option<Range<usize>>,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span: Some(span), message: message.into() }
    }
}

impl ConfigError {
    /// The line of the fault, counted from 1, where the fault has a place.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.line)
    }

    pub(super) fn new(text: &str, fault: Fault) -> Self {
        Self { file: None, place: fault.span.map(|span| Place::of(text, &span)), message: fault.message }
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

impl Place {
    fn of(text: &str, span: &Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.ceil_char_boundary(span.end);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text[line_start..end.max(start)].lines().next().unwrap_or_default();
        let column = text[line_start..start].chars().count();
        let width = line.chars().count().saturating_sub(column);
        Self { line: before.matches('\n').count() + 1, column: column + 1, width: width.max(1), text: line.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_and_stays_on_its_line() {
        let place = Place::of("a = 1\nbé = 'x\ny'\n", &(7..17));
        assert_eq!((place.line, place.column, place.width, place.text.as_str()), (2, 2, 6, "bé = 'x"));
        assert_eq!(Place::of("", &(0..0)).width, 1);
        assert_eq!(Place::of("a\n", &(2..2)).line, 2);
    }
}
