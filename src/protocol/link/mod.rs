//! A peer link, which carries records one way: the [`Dialer`] sends, the [`Acceptor`] receives (PROTOCOL section 5).

mod acceptor;
mod backoff;
mod dialer;
mod end;
mod queue;

pub use acceptor::{Acceptor, Received};
pub use backoff::Backoff;
pub use dialer::{Dialer, Sent};
pub use end::LinkEnd;
pub use queue::Queue;

/// Longest peer line in bytes, LF left out (PROTOCOL section 5, Batches).
const MAX_LINE: usize = 1024;
/// The protocol version that both ends must speak.
const VERSION: &[u8] = b"herd/1";
