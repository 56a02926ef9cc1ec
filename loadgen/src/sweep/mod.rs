//! Many runs: over rates or numbers of connections, or in search of the highest rate that keeps an objective.
//!
//! `report/METHOD.md` 2.6 says how a capacity is searched; `loadgen/README.md` documents the command and its result.
//!
//! Invariants: the order of the runs and their seeds depend on the plan's seed alone; a limit of the generator is
//! never taken for a limit of the server.

mod objective;
mod points;
mod search;

mod runner;

mod capacity;
mod command;
mod table;

pub use command::SweepArgs;
pub use objective::Objective;
