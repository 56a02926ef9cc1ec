//! A server herd: servers that take clients' locations, flood them to each other, and say what is near.
//!
//! It is written twice from one core, once with a blocking OS thread per connection and once with async tasks, so
//! that the two can be compared.

pub mod admin;
pub mod cli;
pub mod config;
pub mod descriptors;
mod engine;
pub mod journal;
pub mod metrics;
pub mod places;
pub mod protocol;
pub mod state;
#[cfg(feature = "async")]
pub mod tasks;
pub mod threads;
