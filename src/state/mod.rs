//! What a server knows: the newest record of each client, and to whom news must go.
//!
//! Invariant: merging is commutative, associative and idempotent, so servers that have seen the same records hold the
//! same store; no lock is held while a caller's code runs, but while it copies into a buffer.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod full_sync;
mod gate;
mod record;
mod store;

pub use full_sync::FullSync;
pub use gate::{Gate, recipients};
pub use record::Record;
pub use store::{Admission, Digest, Merged, Position, Store};
