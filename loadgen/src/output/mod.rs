//! How commands give their results: files for other programs, and lines on a terminal.

mod files;
mod terminal;

pub(crate) use files::{create, is_stdout, write_json, write_text};
pub(crate) use terminal::{Colour, ProgressLine, painted};
