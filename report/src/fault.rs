//! What is wrong with a file that a person wrote, and where.

use std::{fmt, ops::Range};

/// A line and a column, counted from 1, where there are any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(Option<(usize, usize)>);

/// What is wrong with the bytes of a span; with the whole text where there is none.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) span: Option<Range<usize>>,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span: Some(span), message: message.into() }
    }

    /// Where in the text the fault lies.
    pub(crate) fn place(&self, text: &str) -> Place {
        Place(self.span.as_ref().map(|span| line_and_column(text, span.start)))
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        Self { span: error.span(), message: error.message().to_owned() }
    }
}

/// Refuses what does not hold of the bytes of a span.
pub(crate) fn demand(span: Range<usize>, is_met: bool, message: &str) -> Result<(), Fault> {
    if is_met { Ok(()) } else { Err(Fault::at(span, message)) }
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |(line, column)| write!(f, ":{line}:{column}"))
    }
}
