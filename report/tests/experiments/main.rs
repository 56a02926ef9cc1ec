//! Experiments from outside: in small, with whatever of the runtimes is here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod dependencies;
mod faults;
mod joining;
mod kernels;
mod order;
mod workplace;
