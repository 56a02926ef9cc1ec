//! What a comparison of herd servers is made of: so far the servers that can take part in one.

pub mod variant;
