//! Variants from outside: processes that are late, fail, say nothing, or leave others behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod process;
mod shell;
