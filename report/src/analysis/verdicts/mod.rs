//! The rows: two variants in one workload by one metric, block by block, and the verdict.

mod contest;
mod difference;
mod hindrance;
mod judge;
mod notes;
mod row_id;
mod rows;
mod twins;

pub(super) use contest::Contest;
pub(super) use hindrance::Hindrance;
pub(super) use judge::question;
pub(crate) use judge::{advantage, margin};
pub(super) use notes::failed_share;
pub(super) use rows::rows;
pub(super) use twins::{Voids, twin_checks};
