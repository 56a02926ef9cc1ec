//! Buffers that go round among the connections of a worker.
//!
//! Between two commands a connection needs none. If each kept its own, those of ten thousand would lie cold in memory; the
//! ones that were used last are in the processor's cache. The twin has none: only the connection itself speaks on its thread.

use std::{cell::RefCell, mem};

use crate::protocol::Session;

/// Most that lie on a shelf. More are in use at once only while clients read slowly, or wait for places.
const MOST: usize = 64;

thread_local! {
    static SHELF: RefCell<Vec<Buffers>> = const { RefCell::new(Vec::new()) };
}

/// A connection's room for input, and that for its replies.
#[derive(Default)]
struct Buffers {
    room: Vec<u8>,
    out: Vec<u8>,
}

/// Lays down what a connection needs no more when everything is answered; one whose client has begun a line, or sends more
/// at once than is usual, keeps its own.
pub(super) fn lay_down(session: &mut Session, out: &mut Vec<u8>) {
    let Some(room) = session.lend() else { return };
    let out = mem::take(out);
    SHELF.with_borrow_mut(|shelf| {
        if shelf.len() < MOST {
            shelf.push(Buffers { room, out });
        }
    });
}

/// Takes up what lies on top, where a session has no room of its own. From an empty shelf it takes nothing, and allocates.
pub(super) fn take_up(session: &mut Session, out: &mut Vec<u8>) {
    session.borrow(|| {
        let buffers = SHELF.with_borrow_mut(Vec::pop).unwrap_or_default();
        *out = buffers.out;
        buffers.room
    });
}
