//! Providers that are asked over HTTP: what each is sent, and how its answer becomes a Nearby Search document.
//!
//! Invariant: all that a provider sends is checked, and what is passed on is written again, but for results that have the
//! shape of a Nearby Search already ([`written`]). The key is taken out of every string first.

mod endpoint;
mod google;
mod google_legacy;
mod mend;
mod reply;
mod wikipedia;
mod written;

pub(super) use endpoint::Endpoint;
pub(super) use reply::Failure;
