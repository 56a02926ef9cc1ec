//! What the benches bring to what they measure: the same bytes in all of them, so that their figures can be set side by
//! side.

pub(crate) mod commands;
pub(crate) mod core;
