use std::{
    io,
    time::{Instant, SystemTime},
};

use tokio::net::{TcpListener, TcpStream};

use super::{link::Link, node::Node, wire};
use crate::{
    admin::{self, JournalStatus, LinkStatus, Readiness, Reading, Request, Status},
    metrics::Direction,
};

/// Answers requests one after another until the listener is closed. Each has its deadline, so none holds up the next for
/// long; and it is apart from the clients, so that it answers also when they fill the server.
pub(super) async fn accept(node: &Node, listener: &TcpListener) {
    let limits = &node.settings.limits;
    loop {
        match listener.accept().await {
            // A request that fails concerns nobody but its sender.
            Ok((stream, _)) => drop(serve(node, &stream).await),
            Err(_) if node.farewell.has_begun() => return,
            Err(error) => {
                tracing::warn!(%error, "cannot accept an admin connection");
                node.farewell.sleep(limits.accept_backoff_max).await;
            }
        }
    }
}

async fn serve(node: &Node, stream: &TcpStream) -> io::Result<()> {
    let limits = &node.settings.limits;
    let until = Instant::now() + limits.admin;
    wire::prepare(stream, limits.idle)?;
    let mut head = Vec::new();
    let mut out = Vec::new();
    loop {
        match Request::read(&head) {
            Reading::Request(request) => break admin::respond(&request, &status(node), &node.metrics, &mut out),
            Reading::Bad(bad) => break admin::refuse(bad, &mut out),
            Reading::More => {
                let mut space = [0; 1024];
                match wire::read_until(stream, &mut space, until).await? {
                    0 => return Ok(()),
                    count => head.extend_from_slice(&space[..count]),
                }
            }
        }
    }
    wire::write(stream, &out, limits.admin).await?;
    wire::linger(stream, limits.admin).await
}

fn status(node: &Node) -> Status {
    Status {
        name: node.settings.name.to_string(),
        version: env!("CARGO_PKG_VERSION"),
        engine: "tasks",
        uptime_s: node.started.elapsed().as_secs_f64(),
        readiness: if node.drain.has_begun() { Readiness::Draining } else { Readiness::Ready },
        clients_connected: node.clients.count(),
        clients_known: node.store.len(),
        digest: node.store.digest(),
        links: node.links.iter().flat_map(link_status).collect(),
        places: node.places.counts(),
        journal: JournalStatus { mode: node.journal.mode(), dropped: node.journal.dropped() },
    }
}

fn link_status(link: &Link) -> [LinkStatus; 2] {
    let outbound = link.outbound_since().map(|since| (since, link.peer.addr));
    let inbound = *link.in_since.lock();
    [(Direction::Out, outbound), (Direction::In, inbound)].map(|(direction, up)| LinkStatus {
        peer: link.peer.name.to_string(),
        direction,
        up: up.is_some(),
        since: up.map(|(since, _)| SystemTime::now() - since.elapsed()),
        address: up.map(|(_, address)| address),
    })
}
