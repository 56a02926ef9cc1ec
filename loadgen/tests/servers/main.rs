//! The servers of `loadgen` from outside: each test starts the program and speaks to its port.

#![expect(clippy::expect_used, reason = "what a test needs and does not get is its failure")]

mod http;
mod null;
mod places;
mod process;
