//! What a server is told before it starts: who it is, whom it talks with, and every limit it keeps.
//!
//! Invariant: a [`Serve`] is complete and consistent; an engine decides nothing about configuration.

mod limits;
mod provider;
mod settings;

pub use limits::Limits;
pub use provider::{InvalidProvider, Provider};
pub use settings::{JournalMode, JournalSettings, Peer, PlacesSettings, Serve};
