use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
};

use super::{accept::accept_each, crew::Crew, inbound, node::Node};

/// Takes neighbours until the server drains, a thread for each link that comes in.
pub(super) fn accept(node: &Arc<Node>, listener: &TcpListener, crew: &Crew) {
    accept_each(node, listener, |stream, addr| welcome(node, stream, addr, crew));
}

fn welcome(node: &Arc<Node>, stream: TcpStream, addr: SocketAddr, crew: &Crew) {
    let Some(handshake) = node.handshakes.try_acquire() else {
        tracing::debug!(%addr, "too many handshakes in progress, a peer connection is closed");
        return;
    };
    let serve = {
        let (node, stream) = (Arc::clone(node), Arc::new(stream));
        move || inbound::serve(&node, &stream, addr, handshake)
    };
    if let Err(error) = crew.spawn("link-in".to_owned(), serve) {
        // Dropped with the closure, the connection is closed; the neighbour dials again.
        tracing::warn!(%error, "cannot start a thread for a link");
    }
}
