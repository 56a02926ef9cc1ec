//! The command line from outside: what is printed, what the process exits with, and what it leaves behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ask;
mod commands;
mod diagnostics;
mod process;
mod up;
