//! What the comparison of servers is made of: variants, plans, records of runs, and what follows from them.

mod fault;

pub mod analysis;
pub mod compare;
pub mod coverage;
pub mod diff;
pub mod plan;
pub mod record;
pub mod render;
pub mod statistics;
pub mod variant;
