use std::{net::SocketAddr, sync::Arc};

use tokio::net::{TcpListener, TcpStream};

use super::{accept::accept_each, crew::Crew, inbound, node::Node};

/// Takes neighbours until the server drains, a task for each link that comes in.
pub(super) async fn accept(node: &Arc<Node>, listener: &TcpListener, crew: &Crew) {
    accept_each(node, listener, |stream, addr| welcome(node, stream, addr, crew)).await;
}

fn welcome(node: &Arc<Node>, stream: TcpStream, addr: SocketAddr, crew: &Crew) {
    let Some(handshake) = node.handshakes.try_acquire() else {
        tracing::debug!(%addr, "too many handshakes in progress, a peer connection is closed");
        return;
    };
    let serve = {
        let (node, stream) = (Arc::clone(node), Arc::new(stream));
        async move { inbound::serve(&node, &stream, addr, handshake).await }
    };
    crew.spawn(serve);
}
