//! The race: one load on several servers, in turn, in slices of a fraction of a second.
//!
//! A machine's speed changes within seconds, so servers that are measured one after the other differ by when they were
//! measured. Here all their connections stand at once, and each server is driven in many short slices between those of
//! the others, so that what the machine does falls on all alike (METHOD 2). Sources: Abedi and Brecht, "Conducting
//! repeatable experiments in highly variable cloud computing environments", ICPE 2017 (randomized multiple interleaved
//! trials); Bulej and others, "Duet benchmarking", ICPE 2020.
//!
//! Invariant: whose slice comes when depends on the seed alone, and no server's figures on another's.

mod order;
mod plan;
mod probe;

mod coordinator;
mod lane;

mod command;
mod summary;

pub use command::RaceArgs;
pub use coordinator::{RaceProgress, race};
pub use plan::{RacePlan, Racer, Without};
