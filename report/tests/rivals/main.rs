//! The rivals from outside: the same servers in other languages, each started as its variant file says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod check;
mod client;
mod lamp;
mod mixed;
mod student;
mod variants;
