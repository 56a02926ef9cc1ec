//! What a server counts, for Prometheus.
//!
//! Invariant: counting is one relaxed atomic operation on a handle obtained at the start; names and labels are looked
//! up only when the page is rendered.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod counts;
mod labels;
mod peer;
mod register;
mod text_format;
mod threads;

pub use counts::{Build, Metrics};
pub use labels::{CloseReason, Direction, Merge, Source, Validity};
pub use peer::PeerMetrics;
pub use text_format::{TEXT_FORMAT, text_format};
pub use threads::ThreadMetrics;
