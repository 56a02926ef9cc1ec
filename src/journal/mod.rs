//! What a server writes down: JSON Lines in `NAME.jsonl`, one event a line, written by one thread of its own.
//!
//! Invariant: a caller never waits for the journal. It hands events over with `try_send`; what finds the queue full or
//! the disk failing is dropped and counted, and the count becomes an event as soon as writing works again.
//!
//! # Events
//!
//! Each event has `seq` (1, 2, 3 ... since the server started), `time` (RFC 3339, UTC, microseconds) and `event`:
//!
//! | `event` | further keys | in mode `connections` |
//! |---|---|---|
//! | `started` | `name`, `version`, `engine`, `client_address`, `peer_address`, `admin_address` | yes |
//! | `client_gained` | `conn`, `address` | yes |
//! | `client_lost` | `conn`, `address`, `reason` | yes |
//! | `line_in` | `conn`, *line* | no |
//! | `line_out` | `conn`, *line*, and *document* when it answers WHATSAT | no |
//! | `link_gained` | `peer`, `direction`, `address` | yes |
//! | `link_lost` | `peer`, `direction`, `address`, `reason` | yes |
//! | `link_refused` | `direction`, `address`, `reason` | yes |
//! | `peer_in`, `peer_out` | `peer`, `direction`, *line* | no |
//! | `peer_skipped` | `peer`, `direction`, `reason`, *line* | no |
//! | `overflow` | `peer` | no |
//! | `dropped` | `count` since the last such event, `total` since the start | yes |
//! | `draining`, `stopped` | | yes |
//!
//! `direction` is `in` for a link that the neighbour dialled and `out` for one that this server dialled; both carry
//! lines both ways. *line* is one of two keys: `line`, a string, when the line is UTF-8, and otherwise `line_hex`, two
//! lower-case hexadecimal digits a byte; *document* is `document` or `document_hex` likewise. Lines stand without their
//! LF, a document without its last two.
//!
//! `seq` is the order in the file. Events that the disk refused leave a gap in it, events that found the queue full do
//! not; both are in `dropped`. After a crash or a disk error a line may be torn: it does not parse as JSON, and the
//! next line is whole.
//!
//! # Costs
//!
//! The writer wakes, drains the queue, writes large chunks and naps; it sleeps in the queue, where a sender would have
//! to wake it with a system call, only after a second without events. So an event is on its way to the kernel within
//! one nap, and one flush of [`Lines`] costs its caller two copies and two lock-free queue operations. Nothing is synced
//! to disk: what was written survives the process, not the machine.

mod event;
mod file;
mod frame;
mod handle;
mod lines;
mod queue;
mod render;
mod worker;
mod writer;

pub use event::Event;
pub use handle::Journal;
pub use lines::{Lines, Skip};
pub use writer::Writer;
