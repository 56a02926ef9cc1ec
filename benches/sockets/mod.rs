//! Servers in processes of their own, and the blocking clients that talk with them.

pub(crate) mod crowd;
pub(crate) mod herd;
pub(crate) mod provider;
