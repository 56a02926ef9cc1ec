use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
};

use super::{
    accept::accept_each, client, node::Node, open_clients::OpenClients, refusals::Refusals, thread_cache::ThreadCache,
};
use crate::{config::WhenFull, metrics::CloseReason};

/// Takes clients until the server drains, a thread for each.
pub(super) fn accept(node: &Arc<Node>, listener: &TcpListener, threads: &ThreadCache, refusals: &Refusals) {
    accept_each(node, listener, room(node), |stream, addr| welcome(node, Arc::new(stream), addr, threads, refusals));
}

/// Where clients wait for room, those who leave it.
fn room(node: &Node) -> Option<&OpenClients> {
    match node.settings.limits.when_full {
        WhenFull::Refuse => None,
        WhenFull::Wait => Some(&node.clients),
    }
}

fn welcome(node: &Arc<Node>, stream: Arc<TcpStream>, addr: SocketAddr, threads: &ThreadCache, refusals: &Refusals) {
    let Some(conn) = node.clients.admit(&stream) else {
        return refuse(node, stream, CloseReason::TooManyClients, refusals);
    };
    let serve = {
        let (node, stream) = (Arc::clone(node), Arc::clone(&stream));
        move || client::serve(&node, conn, &stream, addr)
    };
    // The closure is dropped when there is no thread for it, and with it one of the two handles on the connection.
    if let Err(error) = threads.run(serve) {
        tracing::warn!(%error, "cannot start a thread for a client");
        node.clients.leave(conn);
        refuse(node, stream, CloseReason::ServerError, refusals);
    }
}

fn refuse(node: &Node, stream: Arc<TcpStream>, why: CloseReason, refusals: &Refusals) {
    node.metrics.client_refused(why);
    refusals.refuse(stream, b"ERR too many clients\n");
}
