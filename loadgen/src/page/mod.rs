//! What pages and pictures are made of: colours, marks, scales, charts, tables, and the frame of a page.
//!
//! Pictures are drawn as SVG in units that are pixels at the width of a phone: charts stand beside each other on wide screens
//! and keep their size of text. `report` draws with the same parts.
//!
//! Invariants: pure functions; a page loads nothing; coordinates are finite, and whatever lies beyond an axis is drawn at its
//! end or left out.

mod palette;
mod pen;
mod scale;
mod text;

mod line_chart;
mod parts;

pub use line_chart::{Axis, Course, Line, LineChart, LinePoint, Marks, Reference, Stroke};
pub use palette::{DARK, LIGHT, Theme, properties};
pub use parts::{document, figure, folded, scrolled, table, text};
pub use pen::{Picture, Px, across, down, key, keys, mark, paint, polyline, specks, text_width};
pub use scale::{Law, Scale};
pub use text::{cleaned, day, shortened};

/// Styles of pictures, for those that stand outside a page; they need [`properties`].
pub const PICTURE_STYLE: &str = include_str!("picture.css");
