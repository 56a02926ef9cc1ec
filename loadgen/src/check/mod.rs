//! The conformance check: transcripts that a running server, or a whole herd, must live up to.
//!
//! The cases are the text files of `loadgen/cases`; `loadgen/README.md` documents their format. Rules are numbered as
//! in `src/protocol/PROTOCOL.md`.
//!
//! Invariant: nothing waits without a deadline and nothing that a server sends is stored without a bound.

mod bindings;
mod case;
mod case_result;
mod command;
mod connections;
mod escape;
mod matching;
mod places_document;
mod player;
mod report;
mod runner;
mod skew;
mod suite;
mod syntax;
mod target;
mod template;
mod wire;

pub use case::{Case, Level, Scope};
pub use case_result::{CaseResult, Failure};
pub use command::CheckArgs;
pub use escape::escaped;
pub use report::Report;
pub use runner::run;
pub use suite::Suite;
pub use syntax::SyntaxError;
pub use target::{Listener, Options, PeerTarget, Targets};
