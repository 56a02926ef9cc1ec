//! What asks a server herd questions from outside: the conformance check, and the load generator.
//!
//! Everything here speaks to a running server of any implementation through its ports alone.

pub mod check;
pub mod run;
