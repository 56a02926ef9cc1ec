//! What is near a client: the answer to a WHATSAT, as a document in the shape of a Google Nearby Search (PROTOCOL
//! section 3).
//!
//! Invariant: nothing in here opens a socket, reads a clock or waits. [`Places::plan`] says either the finished
//! document or the one HTTP request that is needed, and an engine brings the outcome back to [`Places::settle`]. Files
//! are read once, at start: a key ([`Key::load`]) and a packed gazetteer ([`Places::new`]).

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod base;
mod breaker;
mod cache;
mod document;
mod exchange;
pub mod gazetteer;
mod key;
mod provider;
mod request;
mod service;

pub use base::{InvalidBase, Origin};
pub use document::{Document, Geometry, Place, Status};
pub use exchange::{Exchange, Received};
pub use key::{InvalidKey, Key};
pub use request::{CallError, Method, Request, Response};
pub use service::{Call, Counts, Outcome, Places, Plan, SetupError};
