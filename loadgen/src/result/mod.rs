//! The documents that `loadgen` writes, as types: what `run`, `sweep` and `places` give to other programs, and how it is
//! read again.
//!
//! `loadgen/README.md` documents the formats. A field's unit ends its name: `_us` microseconds, `_s` seconds, `_per_s` per
//! second, `_kib` KiB.
//!
//! Invariants: every document is made by filling these types, and what is read and written again keeps each key. Nothing
//! here measures anything.

mod distribution;
mod latency;
mod machine;
mod places;
mod plan;
mod race;
mod read;
mod requests;
mod run;
mod sweep;
mod verdict;

pub use distribution::Distribution;
pub use latency::{KnownTimes, Latency, LatencyByOrigin, Percentiles, Quantile};
pub use machine::{Cpu, CpuTime, Held, HeldDuringRun, Pressure, Spent, StallProbes, Stalls};
pub use places::PlacesStats;
pub use plan::{PaceName, RunPlan, RunWorkload, Spacing};
pub use race::{LeftOut, RaceResult, RaceServer, Slice};
pub use read::{Document, ReadError, from_value, parse};
pub use requests::{ConnectionCounts, Faults, SecondRow, SlowAnswer};
pub use run::{CeilingShare, Convergence, EXAMPLE_RUN, RunResult, VerdictWithLine};
pub use sweep::{Limit, SearchResult, SweepResult, SweepRun};
pub use verdict::Verdict;
