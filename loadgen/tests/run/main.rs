//! The load generator on trial: against a right server, and against each kind of wrong one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ceiling;
mod faults;
mod herd;
mod http;
mod judgement;
mod limits;
mod plans;
mod race;
mod server;
