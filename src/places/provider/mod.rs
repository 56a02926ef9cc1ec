//! Providers that are asked over HTTP: what each is sent, and how its answer becomes a Nearby Search document.
//!
//! Invariant: what a provider sends is parsed, checked and written again; no byte of it goes through as it came, and
//! the key is taken out of every string first.

mod endpoint;
mod google;
mod google_legacy;
mod reply;
mod shortened;
mod wikipedia;

pub(super) use endpoint::Endpoint;
pub(super) use reply::Failure;
