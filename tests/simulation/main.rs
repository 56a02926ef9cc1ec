//! An in-memory herd with simulated time: the core of `herd` in servers that crash, on a network that breaks.
//!
//! Each schedule follows from one seed. `HERD_SIMULATION_SEED=n` runs that seed alone on every graph, and
//! `HERD_SIMULATION_SCHEDULES=n` changes how many are run on each.

mod graph;
mod herd;
mod inbound;
mod outbound;
mod plan;
mod scenarios;
mod schedules;
mod server;
mod world;
