//! What is wrong with a file that a person wrote, and where.

use std::{fmt, ops::Range};

pub(crate) use herd::config::Fault;

/// A line and a column, counted from 1, where there are any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(Option<(usize, usize)>);

impl Place {
    /// Where a fault lies in its text.
    pub(crate) fn of(fault: &Fault, text: &str) -> Self {
        Self(fault.place(text).map(|place| (place.line, place.column)))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |(line, column)| write!(f, ":{line}:{column}"))
    }
}

/// Refuses what does not hold of the bytes of a span.
pub(crate) fn demand(span: Range<usize>, is_met: bool, message: &str) -> Result<(), Fault> {
    if is_met { Ok(()) } else { Err(Fault::at(span, message)) }
}
