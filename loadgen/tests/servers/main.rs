//! The servers of `loadgen` from outside: each test starts the program and speaks to its port.

mod null;
mod process;
