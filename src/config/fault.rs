use std::ops::Range;

/// What is wrong with a TOML file that a person wrote.
#[derive(Debug)]
pub struct Fault {
    /// The bytes that are wrong; none where it is the whole file.
    pub span: Option<Range<usize>>,
    /// What would be right.
    pub message: String,
}

/// A place in a text, counted from 1 and in characters, and its line as far as the fault reaches: what follows may be a
/// key that somebody wrote where none belongs, and is not for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column in it.
    pub column: usize,
    /// Characters of the fault on this line, at least one.
    pub width: usize,
    /// The line up to the end of the fault.
    pub text: String,
}

impl Fault {
    /// What is wrong with the bytes of a span.
    #[must_use]
    pub fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span: Some(span), message: message.into() }
    }

    /// Where the fault lies in the text that it was found in.
    #[must_use]
    pub fn place(&self, text: &str) -> Option<Place> {
        self.span.as_ref().map(|span| Place::of(text, span))
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        Self { span: error.span(), message: error.message().to_owned() }
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
