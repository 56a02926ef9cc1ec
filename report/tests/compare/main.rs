//! Whole comparisons from outside, over servers that only echo: what is written, what is kept, and that nothing is left.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod broken;
mod capacity;
mod experiments;
mod herd;
mod interrupted;
mod plans;
mod processes;
mod raced_herd;
mod topology;
mod whole;
mod world;
