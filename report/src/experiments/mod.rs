//! Experiments that are no race of servers under load: order, joining, seeded faults, kernels, dependencies.
//!
//! Each gives [`Observation`]s, lines of `experiments/NAME.jsonl` in a recording. Where a runtime is missing, its variants have
//! one observation of the metric [`Observation::NOT_RUN`], whose note says what is missing, and the others go on.
//!
//! | Experiment | Variants | Cases | Metrics |
//! |---|---|---|---|
//! | `faults` | who looks: `rustc`, `javac`, `python`, `mypy`, `node`, `tsc` | the kind of mistake | one of `found_by_checker`, `found_at_start`, `found_at_request`, `never_found`, `cannot_be_made`, always 1; the note is what was said, or why it cannot be made. `python` and `node` are the same programs as under `mypy` and `tsc`, run without a checker |
//! | `order` | `herd-threads`, `herd-tasks`, `python-asyncio`, `python-task-per-line`, `python-task-per-line-logged`, `node` | `one-connection` (IAMAT and WHATSAT in one segment), `two-connections` (the WHATSAT right after the IAMAT), `two-connections-waiting` (after the reply to the IAMAT), `two-servers`, `two-servers-waiting` | `overtaken`: WHATSATs that did not know the client, of `trials` |
//! | `kernels` | `rust`, `rust-counted`, `java`, `java-g1`, `python`, `python-uncollected`, `node` | `objects=N` at four doses | `cpu_ms` (whole process), `wall_ms` (of the loop), `collection_share` (of the wall time of the loop), `longest_pause_ms` (of the collector), `longest_gap_ms` (between two looks at the clock in the loop: it holds what the machine takes, too) |
//! | | the same | `objects` | `cpu_ns_per_object`: slope of `cpu_ms` over the doses of a round |
//! | | `rust`, `java`, `python`, `node` | `threads=1`, `threads=2` | `wall_ms`, `cpu_ms` of the same work |
//! | | the same | `threads` | `speed_up`: wall time of one thread over that of two, of a round |
//! | `joining` | `herd-threads`, `herd-tasks`, `java-platform`, `python-asyncio`, `node` | `named` (the herd file had the sixth server from the start), `added` (its neighbours start anew with the file edited) | `edited_lines`, `edited_files`, `restarted_servers`, `first_right_ms` (from its start to the first right answer), `all_right_ms` (to right answers for all clients), `wrong_answers` and `unknown_answers` of `trials`, `records_received`, `refused_requests` of the load meanwhile |
//! | `dependencies` | `herd-threads`, `herd-tasks`, `java-platform`, `node`, `python-asyncio`, `python-aiohttp`, `python-threads`, `python-uvloop` | `packages` | `direct`: packages beyond the standard library, by name in the note |
//! | | `rust`, `java`, `python`, `node` | `tls` | `listens`: 1 where a TLS listener of the standard library alone answered, 0 where there is none |

mod observation;

mod client;
mod context;
mod herd;

pub mod dependencies;
pub mod faults;
pub mod joining;
pub mod kernels;
pub mod order;

pub use context::Context;
pub use observation::Observation;
