use std::{
    io,
    net::{TcpListener, TcpStream},
    sync::Arc,
    time::{Instant, SystemTime},
};

use super::{accept::AbortOnPanic, link::Link, node::Node, tracker::Tracker, wire};
use crate::{
    admin::{self, JournalStatus, LinkStatus, Page, Readiness, Reading, Request, Status},
    config::Limits,
    engine::Permits,
    metrics::Direction,
    state::Digest,
};

/// Answers requests until the listener is closed, a thread for each. It is apart from the clients, so that it answers also
/// when they fill the server.
pub(super) fn accept(node: &Arc<Node>, listener: &TcpListener, tracker: &Tracker) {
    let _guard = AbortOnPanic;
    let permits = Permits::new(Limits::MAX_REQUESTS);
    loop {
        match listener.accept() {
            Ok((stream, _)) => welcome(node, stream, &permits, tracker),
            Err(_) if node.farewell.has_begun() => return,
            Err(error) => {
                tracing::warn!(%error, "cannot accept an admin connection");
                node.farewell.sleep(node.settings.limits.accept_backoff_max);
            }
        }
    }
}

fn welcome(node: &Arc<Node>, stream: TcpStream, permits: &Permits, tracker: &Tracker) {
    let Some(permit) = permits.try_acquire() else { return };
    let serve = {
        let node = Arc::clone(node);
        move || {
            let _permit = permit;
            // A request that fails concerns nobody but its sender.
            let _ = serve(&node, &stream);
        }
    };
    if let Err(error) = tracker.spawn("request".to_owned(), serve) {
        tracing::warn!(%error, "cannot start a thread for an admin request");
    }
}

fn serve(node: &Node, stream: &TcpStream) -> io::Result<()> {
    let limits = &node.settings.limits;
    let until = Instant::now() + limits.admin;
    wire::prepare(stream, limits.idle, limits.admin)?;
    let mut head = Vec::new();
    let mut out = Vec::new();
    loop {
        match Request::read(&head) {
            Reading::Request(request) => {
                break admin::respond(&request, &status(node, request.page), &node.metrics, &mut out);
            }
            Reading::Bad(bad) => break admin::refuse(bad, &mut out),
            Reading::More => {
                let mut space = [0; 1024];
                match wire::read_until(stream, &mut space, until)? {
                    0 => return Ok(()),
                    count => head.extend_from_slice(&space[..count]),
                }
            }
        }
    }
    wire::write(stream, &out, until.saturating_duration_since(Instant::now()))?;
    wire::linger(stream, until.saturating_duration_since(Instant::now()))
}

fn status(node: &Node, page: Page) -> Status {
    Status {
        name: node.settings.name.to_string(),
        version: env!("CARGO_PKG_VERSION"),
        engine: "threads",
        uptime_s: node.started.elapsed().as_secs_f64(),
        readiness: if node.drain.has_begun() { Readiness::Draining } else { Readiness::Ready },
        clients_connected: node.clients.count(),
        clients_known: node.store.len(),
        // Walking the store is for those who ask for it.
        digest: if page == Page::Status { node.store.digest() } else { Digest::default() },
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
