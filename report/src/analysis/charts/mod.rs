//! The charts: capacity against connections, and latency against offered rate.

mod ahead;
mod capacity;
mod curves;
mod rates;

pub(super) use ahead::{Ahead, ahead};
pub(super) use capacity::{By, MapCharts, map};
pub(super) use rates::rates;
