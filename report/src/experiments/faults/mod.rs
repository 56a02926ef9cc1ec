//! Claim 6: which stage finds a mistake. Small patches, each a mistake that people make, are applied to a copy of the servers
//! in four languages; compilers and checkers look at the copy, then it is started, then it gets the requests that meet the
//! mistake. `benches/rivals/faults/README.md` has the kinds and the rules.
//!
//! Invariant: a stage is what a run showed; `faults.toml` only says what to expect.

mod table;

mod checker;
mod places;
mod probe;
mod workshop;

mod run;

pub use run::run;
pub use table::{Fault, Language, Stage, Table, Toolchain};
