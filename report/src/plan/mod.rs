//! What a comparison measures: variants, workloads, blocks, margins and the rows that decide, as a plan file tells.
//! `report/README.md` documents the files, `report/METHOD.md` the rules that they keep.

mod contrast;
mod metric;
mod objective;
mod plan_file;
mod workload;

mod check;
mod choice;
mod error;
mod file;
mod grid;
mod time;

pub use contrast::{Contrast, Margins};
pub use error::PlanError;
pub use metric::{Better, Metric};
pub use objective::Objective;
pub use plan_file::{Placement, Plan};
pub(crate) use time::{DRAIN_S, STEP_S};
pub use workload::{Pace, Role, Workload};
