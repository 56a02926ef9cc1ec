//! The servers of `loadgen` from outside: each test starts the program and speaks to its port.

mod http;
mod null;
mod places;
mod process;
