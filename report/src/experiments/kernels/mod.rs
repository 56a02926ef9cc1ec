//! Claims 7 and 8: what allocating and computing cost inside each runtime, without a server around it.
//! `benches/kernels/README.md` says what the programs do.
//!
//! Invariant: processor time is that of the whole process, with the threads of its collector and compiler, from its CPU clock.

mod runtimes;

mod run;

pub use run::{DOSES, run, run_doses};
