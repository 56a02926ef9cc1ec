//! What is near a client: the answer to a WHATSAT, as a document in the shape of a Google Nearby Search (PROTOCOL
//! section 3).
//!
//! Invariant: nothing in here opens a socket, reads a clock or waits.

mod document;
pub mod gazetteer;
mod query;

pub use document::{Document, Geometry, Place, Status};
pub use query::Query;
