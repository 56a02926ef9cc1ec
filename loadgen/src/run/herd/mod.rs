//! How updates travel through a herd: whether other servers come to hold them, and when one of them has them.

mod convergence;
mod fake_peer;

pub(crate) use convergence::{longest, settle};
pub(crate) use fake_peer::Holder;
