//! The load generator on trial: against a right server, and against each kind of wrong one.

mod faults;
mod herd;
mod limits;
mod plans;
mod server;
