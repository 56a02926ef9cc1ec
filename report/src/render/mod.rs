//! The report: an analysis as a page, as Markdown, as JSON and as the answer in a README.
//!
//! Invariant: pure functions of the analysis; [`render`] alone touches files. What came from a file is text: it is
//! cleaned, limited and escaped, and never becomes markup or an address.

mod text;
mod view;

mod svg;
mod table;

mod claims;
mod markdown;
mod page;

mod files;
mod readme;

pub use files::{Rendered, render};
pub use markdown::markdown;
pub use page::page;
pub use readme::{FillError, Piece, fill, readme_piece};
pub use svg::answer_svg;

/// What stands beside a ratio and values that point the other way.
const OPPOSED: &str =
    " (the values are medians over all blocks; the ratio compares within each block, and points the other way)";
/// What the note of a row means that calls runs CPU-bound together with the generator; said once, where rows stand.
const BOX_BOUND: &str = "CPU-bound together with the generator: client and server share processors and left less than a tenth of them idle, so CPU per \
     request leads.";
