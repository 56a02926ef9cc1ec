use std::{net::SocketAddr, sync::Arc};

use tokio::net::{TcpListener, TcpStream};

use super::{accept::accept_each, inbound, node::Node, tracker::Tracker};

/// Takes neighbours until the server drains, a task for each link that comes in.
pub(super) async fn accept(node: &Arc<Node>, listener: &TcpListener, tracker: &Tracker) {
    accept_each(node, listener, None, |stream, addr| welcome(node, stream, addr, tracker)).await;
}

fn welcome(node: &Arc<Node>, stream: TcpStream, addr: SocketAddr, tracker: &Tracker) {
    let Some(handshake) = node.handshakes.try_acquire() else {
        tracing::debug!(%addr, "too many handshakes in progress, a peer connection is closed");
        return;
    };
    let serve = {
        let (node, stream) = (Arc::clone(node), Arc::new(stream));
        async move { inbound::serve(&node, &stream, addr, handshake).await }
    };
    tracker.spawn(serve);
}
