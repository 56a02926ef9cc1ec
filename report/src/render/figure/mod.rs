//! Pictures, drawn as SVG in units that are pixels at the width of a phone: charts stand beside each other on wide
//! screens and keep their size of text.
//!
//! Invariant: coordinates are finite; whatever lies beyond an axis is drawn at its end or left out.

mod answer;
mod dots;
mod forest;
mod labels;
mod line_chart;
mod line_parts;
mod mark;
mod panel;
mod pen;
mod scale;
mod strip;
mod ticks;

pub use answer::answer_svg;
pub(crate) use dots::{DotGroup, DotRow, Dots};
pub(crate) use forest::Forest;
pub(crate) use line_chart::{Axis, Course, Line, LineChart, LinePoint, Marks, Reference, Stroke};
pub(crate) use mark::{key, keys};
pub(crate) use panel::Panel;
pub(crate) use pen::Picture;
pub(crate) use scale::Law;
pub(crate) use strip::Strip;
