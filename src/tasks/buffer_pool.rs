//! Buffers that the connections of a worker share.
//!
//! Between two commands a connection needs none. If each kept its own, those of ten thousand would be cold; the ones that were
//! used last are in the processor's cache. The twin has no pool: its thread serves one connection alone.

use std::{cell::RefCell, mem};

use crate::{config::Limits, protocol::Session};

thread_local! {
    static POOL: RefCell<Vec<Buffers>> = const { RefCell::new(Vec::new()) };
}

/// A connection's room for input, and that for its replies.
#[derive(Default)]
struct Buffers {
    room: Vec<u8>,
    out: Vec<u8>,
}

/// Gives back what a connection no longer needs when everything is answered; one whose client has begun a line, or sends more
/// at once than is usual, keeps its own.
pub(super) fn put(session: &mut Session, out: &mut Vec<u8>) {
    let Some(room) = session.lend() else { return };
    let out = mem::take(out);
    POOL.with_borrow_mut(|pool| {
        if pool.len() < Limits::MAX_BUFFERS {
            pool.push(Buffers { room, out });
        }
    });
}

/// Takes the buffers that were used last, where a session has none of its own. From an empty pool it takes nothing, and
/// allocates.
pub(super) fn take(session: &mut Session, out: &mut Vec<u8>) {
    session.borrow(|| {
        let buffers = POOL.with_borrow_mut(Vec::pop).unwrap_or_default();
        *out = buffers.out;
        buffers.room
    });
}
