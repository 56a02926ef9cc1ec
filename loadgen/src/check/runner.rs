use std::net::SocketAddr;

use super::{Case, CaseResult, Failure, Options, PeerTarget, Scope, Targets, player, target::Route};

/// Servers of one slow case that are asked at a time.
const SLOW_AT_ONCE: usize = 16;

/// Plays a case against every server, or pair of servers, that it is meant for, up to the first that falls short.
#[must_use]
pub fn run(case: &Case, targets: &Targets, options: &Options) -> CaseResult {
    let routes = match routes(case.scope, targets) {
        Ok(routes) => routes,
        Err(why) => return CaseResult::Skipped { why: why.to_owned() },
    };
    let failure = if case.slow {
        routes.chunks(SLOW_AT_ONCE).find_map(|some| play_at_once(case, some, options))
    } else {
        routes.iter().find_map(|route| player::play(case, route, options).err())
    };
    failure.map_or(CaseResult::Passed, CaseResult::Failed)
}

fn play_at_once(case: &Case, routes: &[Route], options: &Options) -> Option<Box<Failure>> {
    std::thread::scope(|scope| {
        let play = |route| scope.spawn(move || player::play(case, route, options).err());
        let plays: Vec<_> = routes.iter().map(play).collect();
        // Each is joined before the first failure is picked; a panic goes on in this thread.
        let ended: Vec<_> = plays.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        ended.into_iter().find_map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn routes(scope: Scope, targets: &Targets) -> Result<Vec<Route>, &'static str> {
    let clients = &targets.clients;
    let server = |&client: &SocketAddr| Route { client, second: None, peer: None };
    match scope {
        Scope::Server if clients.is_empty() => Err("no target"),
        Scope::Server => Ok(clients.iter().map(server).collect()),
        Scope::Pair if clients.len() < 2 => Err("needs two targets of one herd"),
        Scope::Pair => Ok(pairs(clients)),
        Scope::Peer => peer_route(targets, targets.peer.as_ref()),
        Scope::Listen => {
            let listening = targets.peer.as_ref().filter(|peer| peer.listen.is_some());
            peer_route(targets, listening).map_err(|_| "needs a peer target and leave to listen as its neighbour")
        }
    }
}

fn pairs(clients: &[SocketAddr]) -> Vec<Route> {
    let to_each = |(index, &client): (usize, &SocketAddr)| {
        let others = clients.iter().enumerate().filter(move |(other, _)| *other != index);
        others.map(move |(_, &second)| Route { client, second: Some(second), peer: None })
    };
    clients.iter().enumerate().flat_map(to_each).collect()
}

fn peer_route(targets: &Targets, peer: Option<&PeerTarget>) -> Result<Vec<Route>, &'static str> {
    let (Some(&client), Some(peer)) = (targets.clients.first(), peer) else {
        return Err("needs a peer target and the name of a neighbour that is not running");
    };
    Ok(vec![Route { client, second: None, peer: Some(peer.clone()) }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(count: u16) -> Vec<SocketAddr> {
        (1..=count).map(|port| SocketAddr::from(([127, 0, 0, 1], port))).collect()
    }

    #[test]
    fn a_pair_case_takes_every_ordered_pair() {
        let targets = Targets { clients: clients(3), peer: None };
        let routes = routes(Scope::Pair, &targets).expect("routes");
        assert_eq!(routes.len(), 6);
        assert!(routes.iter().all(|route| Some(route.client) != route.second));
    }

    #[test]
    fn what_is_missing_is_said() {
        let targets = Targets { clients: clients(1), peer: None };
        for scope in [Scope::Pair, Scope::Peer, Scope::Listen] {
            assert!(routes(scope, &targets).is_err_and(|why| why.starts_with("needs")), "{scope:?}");
        }
    }
}
