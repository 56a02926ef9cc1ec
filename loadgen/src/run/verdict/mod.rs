//! What is concluded of a run: whether the generator was its limit, and whether conditions on the result hold.

mod generator;
mod threshold;

pub(crate) use generator::{Evidence, is_offered};
pub(crate) use threshold::Met;

pub use threshold::Threshold;
