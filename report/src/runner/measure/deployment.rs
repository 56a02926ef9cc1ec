use std::{net::SocketAddr, os::fd::OwnedFd};

use loadgen::http::Transport;
use procfs::process::{Stat, all_processes};
use rustix::process::{Pid, Signal, kill_process};

use super::herd::{await_links, await_primary};
use crate::{
    plan::{Shape, Topology, Victim},
    results::Kind,
    runner::server::Server,
    variant::{Launch, Peer, Variant, reserved_address},
};

/// Who talks with whom in the default herd (PROTOCOL section 5), in an order in which the first few are connected too.
const HERD: [(&str, &[&str]); 5] = [
    ("Goloman", &["Hands", "Holiday", "Wilkes"]),
    ("Wilkes", &["Goloman", "Hands", "Holiday"]),
    ("Hands", &["Goloman", "Wilkes"]),
    ("Holiday", &["Goloman", "Welsh", "Wilkes"]),
    ("Welsh", &["Holiday"]),
];
/// The names of the default herd, in the same order.
pub(super) const HERD_NAMES: [&str; 5] = [HERD[0].0, HERD[1].0, HERD[2].0, HERD[3].0, HERD[4].0];
/// The server that the others of a star talk with.
const CENTRE: &str = "Centre";
/// The program that serves clients where a server is more than one.
const WEB: &str = "apache2";
/// Connections to a server besides those of the load: of the look whether all have the same, and of probes.
const SPARE: u32 = 10;

/// Several servers of a variant that stand together.
pub(super) struct Deployment<'a> {
    variant: &'a Variant,
    shape: Shape,
    /// The centre of a star is the first.
    servers: Vec<Placed>,
}

/// One of them.
struct Placed {
    name: &'static str,
    /// What starts it, and starts it again.
    launch: Launch,
    /// None while it is killed.
    server: Option<Server>,
}

/// A process of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ComponentProcess {
    pub(super) server: &'static str,
    pub(super) kind: Kind,
    pub(super) id: u32,
}

impl<'a> Deployment<'a> {
    /// Starts them, and waits until their links stand.
    pub(super) fn start(
        variant: &'a Variant,
        launch: &Launch,
        topology: Topology,
        connections: u32,
    ) -> anyhow::Result<Self> {
        let names = names(topology);
        let mut addresses = Vec::new();
        for _ in &names {
            addresses.push(reserved_address()?);
        }
        let peers = |index: usize, addresses: &[(SocketAddr, Option<OwnedFd>)]| {
            let peer = |other: usize| Peer { name: names[other].to_owned(), address: addresses[other].0 };
            neighbours(topology.shape, &names, index).into_iter().map(peer).collect::<Vec<_>>()
        };
        let mut servers = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let launch = Launch {
                name: (*name).to_owned(),
                peer_listen: addresses[index].0,
                peers: peers(index, &addresses),
                primary: servers.first().map(|first: &Placed| first.launch.listen),
                max_clients: usize::try_from(connections.div_ceil(topology.servers) + SPARE).unwrap_or(usize::MAX),
                ..launch.clone()
            };
            drop(addresses[index].1.take());
            let server = Server::start(variant, &launch)?;
            // One that is started again listens where its clients look for it.
            let launch = Launch { listen: server.address(), ..launch };
            servers.push(Placed { name, launch, server: Some(server) });
        }
        let deployment = Self { variant, shape: topology.shape, servers };
        await_links(&deployment.named().collect::<Vec<_>>())?;
        if let Some(foreign) = &variant.foreign {
            deployment.all().skip(1).try_for_each(|server| await_primary(server, &foreign.linked))?;
        }
        Ok(deployment)
    }

    /// Its servers, in which the first has the others.
    pub(super) fn into_herd(self) -> Option<Server> {
        let mut servers = self.servers.into_iter().filter_map(|placed| placed.server);
        let mut first = servers.next()?;
        first.others = servers.collect();
        Some(first)
    }

    /// The transport that all of them speak.
    pub(super) fn speaks(&self) -> Transport {
        self.variant.speaks
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, &Server)> {
        self.servers.iter().filter_map(|placed| Some((placed.name, placed.server.as_ref()?)))
    }

    /// All servers.
    pub(super) fn all(&self) -> impl Iterator<Item = &Server> {
        self.named().map(|(_, server)| server)
    }

    /// The servers that clients talk to.
    pub(super) fn for_clients(&self) -> impl Iterator<Item = &Server> {
        let is_centre = |name: &str| self.shape == Shape::Star && name == CENTRE;
        self.named().filter(move |(name, _)| !is_centre(name)).map(|(_, server)| server)
    }

    /// The processes of all components.
    pub(super) fn processes(&self) -> anyhow::Result<Vec<ComponentProcess>> {
        let stats: Vec<Stat> = all_processes()?.filter_map(|process| process.ok()?.stat().ok()).collect();
        let of = |(server, started): (&'static str, &Server)| {
            let processes = tree(&stats, started.id());
            processes.into_iter().map(move |(id, program)| ComponentProcess {
                server,
                kind: self.kind(server, &program),
                id,
            })
        };
        Ok(self.named().flat_map(of).collect())
    }

    fn kind(&self, server: &str, program: &str) -> Kind {
        match (self.shape, program) {
            (Shape::Central, WEB) => Kind::Web,
            (Shape::Central, _) => Kind::Database,
            (Shape::Star, _) if server == CENTRE => Kind::Centre,
            (Shape::Star | Shape::Herd, _) => Kind::Server,
        }
    }

    /// How one of them ended, if one has, with its last lines.
    pub(super) fn ended(&mut self) -> Option<(String, String)> {
        let mut running = self.servers.iter_mut().filter_map(|placed| placed.server.as_mut());
        running.find_map(|server| Some((server.ended()?, server.said())))
    }

    /// Kills a component. Gives whether it must be started again: what has a supervisor of its own must not.
    pub(super) fn kill(&mut self, victim: Victim) -> anyhow::Result<Revival> {
        if self.shape == Shape::Central {
            let kind = if victim == Victim::Centre { Kind::Database } else { Kind::Web };
            let killed = self.processes()?.into_iter().find(|process| process.kind == kind);
            let id = killed.and_then(|process| Pid::from_raw(i32::try_from(process.id).ok()?));
            kill_process(id.ok_or_else(|| anyhow::anyhow!("there is no {kind:?} to kill"))?, Signal::KILL)?;
            return Ok(Revival::ByItself);
        }
        // Its process group is killed with it.
        let index = self.index(victim);
        drop(self.servers[index].server.take());
        Ok(Revival::IsDue(index))
    }

    /// Starts one again that was killed.
    pub(super) fn revive(&mut self, index: usize) -> anyhow::Result<()> {
        let placed = &mut self.servers[index];
        placed.server = Some(Server::start(self.variant, &placed.launch)?);
        Ok(())
    }

    /// The centre is the first of a star; the first for clients comes after it.
    fn index(&self, victim: Victim) -> usize {
        usize::from(self.shape == Shape::Star && victim == Victim::Server)
    }
}

/// Who starts a component again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Revival {
    /// The supervisor that it has.
    ByItself,
    /// Whoever killed it: the server of this index.
    IsDue(usize),
}

fn names(topology: Topology) -> Vec<&'static str> {
    let for_clients = HERD.iter().map(|(name, _)| *name).take(topology.servers as usize);
    let centre = (topology.shape == Shape::Star).then_some(CENTRE);
    centre.into_iter().chain(for_clients).collect()
}

/// Whom a server is told of.
fn neighbours(shape: Shape, names: &[&str], index: usize) -> Vec<usize> {
    match (shape, index) {
        (Shape::Star, 0) => (1..names.len()).collect(),
        (Shape::Central, 0) => Vec::new(),
        (Shape::Star | Shape::Central, _) => vec![0],
        (Shape::Herd, _) => {
            let of = HERD.iter().find(|(name, _)| *name == names[index]).map_or(&[][..], |(_, others)| others);
            (0..names.len()).filter(|other| of.contains(&names[*other])).collect()
        }
    }
}

/// The processes of a server and their programs. One that has started others only watches over them.
fn tree(stats: &[Stat], root: u32) -> Vec<(u32, String)> {
    let children = |of: i32| stats.iter().filter(move |stat| stat.ppid == of);
    let mut found: Vec<&Stat> = children(i32::try_from(root).unwrap_or(0)).collect();
    let mut next = 0;
    while let Some(stat) = found.get(next) {
        found.extend(children(stat.pid));
        next += 1;
    }
    if found.is_empty() {
        return vec![(root, String::new())];
    }
    found.iter().filter_map(|stat| Some((u32::try_from(stat.pid).ok()?, stat.comm.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(shape: Shape, servers: u32) -> Vec<(&'static str, Vec<&'static str>)> {
        let names = names(Topology { shape, servers, kill: None });
        let of = |index: usize| neighbours(shape, &names, index).into_iter().map(|other| names[other]).collect();
        (0..names.len()).map(|index| (names[index], of(index))).collect()
    }

    #[test]
    fn a_herd_of_any_size_is_connected_and_its_edges_go_both_ways() {
        for servers in 1..=5 {
            let edges = edges(Shape::Herd, servers);
            let mut reached = vec!["Goloman"];
            let mut next = 0;
            while let Some(name) = reached.get(next).copied() {
                let (_, others) = edges.iter().find(|(of, _)| *of == name).unwrap();
                for other in others {
                    assert!(edges.iter().any(|(of, back)| of == other && back.contains(&name)), "{name} {other}");
                    if !reached.contains(other) {
                        reached.push(other);
                    }
                }
                next += 1;
            }
            assert_eq!(reached.len(), servers as usize, "{edges:?}");
        }
    }

    #[test]
    fn a_star_meets_in_its_centre_and_a_database_is_known_and_knows_nobody() {
        assert_eq!(
            edges(Shape::Star, 2),
            [("Centre", vec!["Goloman", "Wilkes"]), ("Goloman", vec!["Centre"]), ("Wilkes", vec!["Centre"])]
        );
        assert_eq!(edges(Shape::Central, 2), [("Goloman", vec![]), ("Wilkes", vec!["Goloman"])]);
    }
}
