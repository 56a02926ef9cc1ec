//! `index.html`: one file that needs nothing else, in the order in which a reader asks.
//!
//! Invariant: a section without figures says in one line which plan measures them.

mod answer;
mod appendix;
mod capacity;
mod chart;
mod costs;
mod document;
mod herd;
mod latency;
mod machine;
mod map;
mod memory;
mod order;
mod part;
mod percentiles;
mod plan;
mod rivals;
mod row_table;
mod seconds;
mod stalls;
mod trust;
mod verdicts;

pub use document::page;
pub(crate) use herd::{CAPTION, headings as herd_headings, losses};
