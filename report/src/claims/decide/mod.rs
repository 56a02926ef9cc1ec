//! Rules applied to values: what they say, with the figures.
//!
//! Invariant: pure functions of a rule's thresholds and of values; nothing here knows where values come from.

mod values;

mod counts;
mod medians;
mod ratios;
mod trends;

pub(super) use counts::shares;
pub(super) use medians::{above, ranges};
pub(super) use ratios::{alike, not_worse, ratio};
pub(super) use trends::{falls, trend};
pub(super) use values::{Counts, Decision, Values};

#[cfg(test)]
mod tests;
