//! A Nearby Search service in Google's legacy shape, from the gazetteer, with delay and faults as they are asked for.
//!
//! It stands in for the real one in measurements, so it must never be what is measured: one thread serves thousands of
//! waiting requests, answers are made once for each place, and it reports its own processor time.
//!
//! Invariant: what a request meets (its delay, an error, a hang) depends on the seed and on how many came before it,
//! and on nothing else.

mod command;
mod connection;
mod delay;
mod fault_injection;
mod request;
mod response;
mod server;
mod stats;
mod timers;

pub use command::PlacesArgs;
pub use delay::Delay;
