//! What a comparison of herd servers is made of: the servers that can take part in one, and what the measurements say.

pub mod coverage;
pub mod statistics;
pub mod variant;
