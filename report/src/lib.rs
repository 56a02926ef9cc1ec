//! What the comparison of servers is made of: variants, plans, records of runs, and what follows from them.

mod fault;
mod recording;

pub mod analysis;
pub mod claims;
pub mod diff;
pub mod experiments;
pub mod plan;
pub mod render;
pub mod results;
pub mod runner;
pub mod stats;
pub mod variant;

pub use loadgen::format;
pub use recording::analyse_recording;
