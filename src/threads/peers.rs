use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
};

use super::{accept::accept_each, inbound, node::Node, refusals::Refusals, tracker::Tracker};

/// Takes neighbours until the server drains, a thread for each link that comes in.
pub(super) fn accept(node: &Arc<Node>, listener: &TcpListener, tracker: &Tracker, refusals: &Arc<Refusals>) {
    accept_each(node, listener, None, |stream, addr| welcome(node, stream, addr, tracker, refusals));
}

fn welcome(node: &Arc<Node>, stream: TcpStream, addr: SocketAddr, tracker: &Tracker, refusals: &Arc<Refusals>) {
    let Some(handshake) = node.handshakes.try_acquire() else {
        tracing::debug!(%addr, "too many handshakes in progress, a peer connection is closed");
        return;
    };
    let serve = {
        let (node, stream, refusals) = (Arc::clone(node), Arc::new(stream), Arc::downgrade(refusals));
        move || inbound::serve(&node, &stream, addr, handshake, &refusals)
    };
    if let Err(error) = tracker.spawn("link-in".to_owned(), serve) {
        // Dropped with the closure, the connection is closed; the neighbour dials again.
        tracing::warn!(%error, "cannot start a thread for a link");
    }
}
