//! Two run directories side by side: what changed from one to the other, variant by variant.
//!
//! Invariant: a pure function of the two. Blocks of two directories are not paired, so that a change of the machine between
//! them is a change here.

mod comparable;
mod differ;
mod model;
mod table;
mod words;

pub use comparable::incomparable;
pub use differ::diff;
pub use model::{Change, Diff, DiffRow, FORMAT};
pub use table::table;
