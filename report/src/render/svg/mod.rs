//! Pictures that only a comparison has; the parts that they are drawn with are `loadgen::page`.
//!
//! Invariant: coordinates are finite; whatever lies beyond an axis is drawn at its end or left out.

mod bars;
mod dots;
mod forest;
mod heat;
mod runs;
mod stack;

pub(crate) use bars::{Bars, is_bar};
pub(crate) use dots::{DotGroup, DotRow, Dots};
pub(crate) use forest::{Forest, is_drawn};
pub use heat::answer_svg;
pub(crate) use heat::heat_picture;
pub(crate) use loadgen::page::{Axis, Course, Law, Line, LineChart, LinePoint, Marks, Reference, Stroke};
pub(crate) use runs::{Panel, Strip};
pub(crate) use stack::{Bar, Stack};
