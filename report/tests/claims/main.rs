//! The claims: their files, what a recording says of them, and how they are shown.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod files;
mod recording;
mod shown;
