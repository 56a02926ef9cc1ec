//! What both engines are made of, apart from what waits.
//!
//! Invariant: nothing in here blocks on a socket, awaits or starts a thread, but for [`resolve`], which says so.

mod idle;
mod permits;
mod resolve;
mod tls;

pub(crate) use idle::Idle;
pub(crate) use permits::{Permit, Permits};
pub(crate) use resolve::resolve;
pub(crate) use tls::{Tls, cause};
