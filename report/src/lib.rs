//! What the comparison of servers is made of: variants, plans, records of runs, and what follows from them.

pub mod analysis;
pub mod plan;
pub mod record;
pub mod render;
pub mod variant;
