use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::net::{TcpListener, TcpStream};

use super::{accept::accept_each, crew::Crew, inbound, node::Node};

/// One of the places for handshakes in progress (PROTOCOL section 5, Identity).
#[derive(Debug)]
pub(super) struct Handshake(Arc<Node>);

/// Takes neighbours until the server drains, a task for each link that comes in.
pub(super) async fn accept(node: &Arc<Node>, listener: &TcpListener, crew: &Crew) {
    accept_each(node, listener, |stream, addr| welcome(node, stream, addr, crew)).await;
}

fn welcome(node: &Arc<Node>, stream: TcpStream, addr: SocketAddr, crew: &Crew) {
    let Some(handshake) = Handshake::begin(node) else {
        tracing::warn!(%addr, "too many handshakes in progress, a peer connection is closed");
        return;
    };
    let serve = {
        let (node, stream) = (Arc::clone(node), Arc::new(stream));
        async move { inbound::serve(&node, &stream, addr, handshake).await }
    };
    crew.spawn(serve);
}

impl Handshake {
    fn begin(node: &Arc<Node>) -> Option<Self> {
        let place = Self(Arc::clone(node));
        (place.count().fetch_add(1, Ordering::Relaxed) < node.settings.limits.max_handshakes).then_some(place)
    }

    fn count(&self) -> &AtomicUsize {
        &self.0.handshakes
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.count().fetch_sub(1, Ordering::Relaxed);
    }
}
