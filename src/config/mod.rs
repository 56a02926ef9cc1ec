//! What a server is told before it starts: who it is, whom it talks with, and every limit it keeps.
//!
//! Invariant: a [`Serve`] is complete and consistent; an engine decides nothing about configuration. A [`Herd`] is
//! consistent likewise: what a file says wrongly is a [`ConfigError`] with its line and column, never a half-read herd.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod error;
mod fault;
mod file;
mod graph;
mod herd;
mod limits;
mod listen;
mod provider;
mod runtime;
mod settings;
mod values;

pub use error::ConfigError;
pub use fault::{Fault, Place};
pub use herd::{DEFAULT_TOML, Herd, Server, UnknownServer};
pub use limits::{Limits, WhenFull};
pub use listen::{ListenError, Listener};
pub use provider::{InvalidProvider, Provider};
pub use runtime::{Flavor, Runtime};
pub use settings::{JournalMode, JournalSettings, Peer, PlacesSettings, Serve};
pub use values::{InvalidValue, address, journal_size};
