//! What both engines are made of, apart from what waits.
//!
//! Invariant: nothing in here blocks, awaits or reads a clock.

mod permits;

pub(crate) use permits::{Permit, Permits};
