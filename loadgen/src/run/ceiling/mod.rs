//! The ceiling of a shape of load: what this generator reaches in a closed loop against a null server. The share of it
//! that a run reaches is printed and never excludes anything (METHOD 1.3).
//!
//! Invariant: a ceiling counts only for the shape, the machine and the version that it was measured with.

mod measure;
mod store;

pub use store::Ceiling;

pub(crate) use measure::measure;
pub(crate) use store::{LookUp, Store};
