use std::{net::SocketAddr, sync::Arc};

use tokio::net::{TcpListener, TcpStream};

use super::{accept::accept_each, client, node::Node, open_clients::OpenClients, refusals::Refusals, tracker::Tracker};
use crate::{config::WhenFull, metrics::CloseReason};

/// Takes clients until the server drains, a task for each.
pub(super) async fn accept(node: &Arc<Node>, listener: &TcpListener, tracker: &Tracker, refusals: &Refusals) {
    accept_each(node, listener, room(node), |stream, addr| welcome(node, Arc::new(stream), addr, tracker, refusals))
        .await;
}

/// Where clients wait for room, those who leave it.
fn room(node: &Node) -> Option<&OpenClients> {
    match node.settings.limits.when_full {
        WhenFull::Refuse => None,
        WhenFull::Wait => Some(&node.clients),
    }
}

fn welcome(node: &Arc<Node>, stream: Arc<TcpStream>, addr: SocketAddr, tracker: &Tracker, refusals: &Refusals) {
    let Some(conn) = node.clients.admit(&stream) else {
        return refuse(node, stream, CloseReason::TooManyClients, refusals);
    };
    tracker.spawn(client::serve(Arc::clone(node), conn, stream, addr));
}

fn refuse(node: &Node, stream: Arc<TcpStream>, why: CloseReason, refusals: &Refusals) {
    node.metrics.client_refused(why);
    refusals.refuse(stream, b"ERR too many clients\n");
}
