//! What a comparison measures: variants, workloads, blocks, margins and the rows that decide, as a plan file tells.
//! `report/README.md` documents the files, `report/METHOD.md` the rules that they keep.

mod budget;
mod experiment;
mod file;
mod grid;
mod groups;
mod metric;
mod topology;
mod workload;

pub(crate) use budget::{DRAIN_S, OUTAGE_S, STEP_S};
pub use budget::{Gates, Placement, Plan};
pub use experiment::Experiment;
pub use file::PlanError;
pub(crate) use groups::KEPT_BACK;
pub use metric::{Better, Contrast, Margins, Metric};
pub use topology::{Asked, Shape, Topology, Victim};
pub use workload::{Objective, Role, Workload};

pub use loadgen::run::Pace;
