//! A server herd: servers that take clients' locations, flood them to each other, and say what is near.
//!
//! It is written twice from one core, once with a blocking OS thread per connection and once with async tasks, so
//! that the two can be compared.

pub mod config;
pub mod places;
pub mod protocol;
