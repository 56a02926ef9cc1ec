//! Claim 12: what each server needs beyond its language's standard library, and whether that has a TLS listener.

mod packages;
mod tls;

mod run;

pub use run::run;
