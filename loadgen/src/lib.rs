//! What asks a server herd questions from outside: so far the conformance check.
//!
//! Everything here speaks to a running server of any implementation through its ports alone.

pub mod check;
