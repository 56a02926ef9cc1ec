//! Pictures, drawn as SVG in units that are pixels at the width of a phone: charts stand beside each other on wide
//! screens and keep their size of text.
//!
//! Invariant: coordinates are finite; whatever lies beyond an axis is drawn at its end or left out.

mod palette;
mod pen;
mod scale;

mod dots;
mod forest;
mod line_chart;
mod runs;

pub(crate) use dots::{DotGroup, DotRow, Dots};
pub(crate) use forest::Forest;
pub use forest::answer_svg;
pub(crate) use line_chart::{Axis, Course, Line, LineChart, LinePoint, Marks, Reference, Stroke};
pub(crate) use palette::properties;
pub(crate) use pen::{Picture, key, keys};
pub(crate) use runs::{Panel, Strip};
pub(crate) use scale::Law;
