//! Pages of results, read as a reader's browser and a careful parser read them, and the command that makes them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod command;
mod devtools;
mod whole;
