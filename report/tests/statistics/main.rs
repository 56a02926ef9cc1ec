//! The statistics against scipy's answers, published examples, and what must hold for any blocks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod coverage;
mod oracle;
mod published;
mod signed_rank;
mod verdict;
