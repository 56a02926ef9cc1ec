//! What follows from runs that were made up, of which it is known what should follow.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod comparison;
mod noise;
mod run;

mod answer;
mod appended;
mod capacity;
mod controls;
mod damage;
mod diff;
mod herd;
mod rows;
mod topology;
