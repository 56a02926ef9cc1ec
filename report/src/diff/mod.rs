//! Two run directories side by side: what changed from one to the other, variant by variant.
//!
//! Invariant: a pure function of the two. Blocks of two directories are not paired, so that a change of the machine between
//! them is a change here.

mod change;
mod table;

pub use change::{Change, Diff, DiffRow, FORMAT, diff, incomparable};
pub use table::table;
