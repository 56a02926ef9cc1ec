use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener, TcpStream},
    process, thread,
};

use super::{node::Node, open_clients::OpenClients};

/// Takes connections until the server drains; where clients wait for room, they stay in the kernel's queue until there is some.
/// When descriptors run out, `accept` fails at once, again and again: then it pauses, longer each time.
pub(super) fn accept_each(
    node: &Node,
    listener: &TcpListener,
    room: Option<&OpenClients>,
    mut welcome: impl FnMut(TcpStream, SocketAddr),
) {
    let _guard = AbortOnPanic;
    let limits = &node.settings.limits;
    let mut pause = limits.accept_backoff_min;
    while !node.drain.has_begun() {
        if let Some(clients) = room.filter(|clients| clients.are_full()) {
            node.metrics.accept_waits();
            tracing::debug!("as many clients as are served at once: the next one waits");
            clients.await_room(&node.drain);
        }
        match listener.accept() {
            Ok((stream, addr)) => {
                pause = limits.accept_backoff_min;
                welcome(stream, addr);
            }
            Err(error) if is_the_clients(&error) || node.drain.has_begun() => {}
            Err(error) => {
                node.metrics.accept_error();
                tracing::warn!(%error, ?pause, "cannot accept a connection");
                node.drain.sleep(pause);
                pause = (pause * 2).min(limits.accept_backoff_max);
            }
        }
    }
}

/// Held by an accept loop: without it the server would live on and say that it is ready, but take no connection.
pub(super) struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            process::abort();
        }
    }
}

/// Whether a connection failed, not the listener.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted)
}
