use std::{net::SocketAddr, sync::Arc};

use tokio::net::{TcpListener, TcpStream};

use super::{accept::accept_each, inbound, node::Node, refusals::Refusals, tracker::Tracker};

/// Takes neighbours until the server drains, a task for each link that comes in.
pub(super) async fn accept(node: &Arc<Node>, listener: &TcpListener, tracker: &Tracker, refusals: &Arc<Refusals>) {
    accept_each(node, listener, None, |stream, addr| welcome(node, stream, addr, tracker, refusals)).await;
}

fn welcome(node: &Arc<Node>, stream: TcpStream, addr: SocketAddr, tracker: &Tracker, refusals: &Arc<Refusals>) {
    let Some(handshake) = node.handshakes.try_acquire() else {
        tracing::debug!(%addr, "too many handshakes in progress, a peer connection is closed");
        return;
    };
    let serve = {
        let (node, stream, refusals) = (Arc::clone(node), Arc::new(stream), Arc::downgrade(refusals));
        async move { inbound::serve(&node, &stream, addr, handshake, &refusals).await }
    };
    tracker.spawn(serve);
}
