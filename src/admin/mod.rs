//! The admin pages: health, readiness, status and metrics over HTTP/1.1, one request a connection.
//!
//! Invariant: bytes in, bytes out. No socket, clock or thread in here; an engine reads until [`Request::read`] has
//! something, writes what [`respond`] or [`refuse`] give, and closes.
//!
//! | Page | Answer |
//! |---|---|
//! | `/` | an index |
//! | `/healthz` | 200 `ok` as long as the process answers |
//! | `/readyz` | 200 `ready`; 503 with `draining` |
//! | `/status.json` | a [`Status`] |
//! | `/metrics` | [`crate::metrics::Metrics`] |

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod request;
mod response;
mod status;

pub use request::{Bad, Page, Reading, Request};
pub use response::{refuse, respond};
pub use status::{JournalStatus, LinkStatus, Readiness, Status};
