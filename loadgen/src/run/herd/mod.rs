//! How updates travel through a herd: whether other servers come to hold them, and when one of them has them.

mod convergence;
mod fake_peer;

pub(crate) use convergence::{await_convergence, longest_convergence};
pub(crate) use fake_peer::FakePeerServer;
