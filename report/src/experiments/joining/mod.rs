//! Claim 4: a sixth server enters a running herd under load. `named`: the herd file has named it from the start, so its neighbours
//! already dial it. `added`: the file is edited, its neighbours start anew with it, one after the other, then it starts.
//!
//! Invariant: an answer is judged by what its client was told, never by what another server answers.

mod edits;
mod load;
mod questions;
mod tap;

mod run;

pub use run::run;
