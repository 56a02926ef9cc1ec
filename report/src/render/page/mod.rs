//! `index.html`: one file that needs nothing else, in the order in which a reader asks.
//!
//! Invariant: a section of what the plan lacks is left out; what explains the answer is folded.

mod document;

mod answer;
mod appendix;
mod claims;
mod costs;
mod latency;
mod map;
mod percentiles;
mod rivals;
mod topology;
mod trust;
mod verdicts;

mod chart;
mod memory;
mod plan;

pub(crate) use costs::{CAPTION, cost_table, herd_table};
pub use document::page;
pub(crate) use map::capacity_table;
pub(crate) use memory::memory_table;
pub(crate) use topology::{CAPTION as TOPOLOGY_CAPTION, OUTAGES, cost_table as topology_table, outage_table};
