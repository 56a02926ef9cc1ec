use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{accept::accept_each, crew::Crew, inbound, node::Node};

/// One of the places for handshakes in progress (PROTOCOL section 5, Identity).
#[derive(Debug)]
pub(super) struct Handshake(Arc<Node>);

/// Takes neighbours until the server drains, a thread for each link that comes in.
pub(super) fn accept(node: &Arc<Node>, listener: &TcpListener, crew: &Crew) {
    accept_each(node, listener, |stream, addr| welcome(node, stream, addr, crew));
}

fn welcome(node: &Arc<Node>, stream: TcpStream, addr: SocketAddr, crew: &Crew) {
    let Some(handshake) = Handshake::begin(node) else {
        tracing::warn!(%addr, "too many handshakes in progress, a peer connection is closed");
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
