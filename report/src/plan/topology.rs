use loadgen::run::Pace;
use serde::{Deserialize, Serialize};

use super::{Role, Workload};

/// Servers that clients talk to in a topology, at most: the names that there are.
pub(super) const MOST_SERVERS: u32 = 5;

/// How servers stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// Who knows whom.
    pub shape: Shape,
    /// Servers that clients talk to; a centre comes beside them.
    pub servers: u32,
    /// What is killed under load; nothing where costs are measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill: Option<Victim>,
}

/// Who knows whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// The servers of the default herd that are left of it: updates flood. A single one is a server alone.
    Herd,
    /// Servers that know a centre alone, which passes on what it hears; clients do not talk to it.
    Star,
    /// Servers without a store of their own before the database of the first.
    Central,
}

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Victim {
    /// The centre, or the database.
    Centre,
    /// The first of the servers that clients talk to.
    Server,
}

/// What is asked of a topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// IAMAT alone.
    Updates,
    /// WHATSAT alone.
    Reads,
    /// Both in equal parts.
    Both,
}

impl Asked {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 3] = [Self::Updates, Self::Reads, Self::Both];

    /// It for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Updates => "updates",
            Self::Reads => "reads",
            Self::Both => "both",
        }
    }

    /// Parts of IAMAT and of WHATSAT.
    #[must_use]
    pub fn mix(self) -> (u32, u32) {
        match self {
            Self::Updates => (1, 0),
            Self::Reads => (0, 1),
            Self::Both => (1, 1),
        }
    }
}

impl Shape {
    /// It for people, as an article and a noun go with it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Herd => "flooding herd",
            Self::Star => "star around a centre",
            Self::Central => "central database with its web servers",
        }
    }

    /// It as names have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Herd => "herd",
            Self::Star => "star",
            Self::Central => "central",
        }
    }
}

/// `[[topologies]]`: every shape with every number of servers, asked for updates, for reads, and for both. It is asked without pause:
/// servers that have time send each other every record by itself, which says nothing of their capacity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Topologies {
    shapes: Vec<Shape>,
    servers: Vec<u32>,
    connections: u32,
    #[serde(default)]
    rate_per_s: Option<f64>,
    #[serde(default)]
    variants: Vec<String>,
    #[serde(default)]
    measure_s: Option<f64>,
    #[serde(default)]
    kill: Option<Victim>,
    #[serde(default)]
    blocks: Option<u32>,
}

impl Topologies {
    /// Its workloads, `SHAPE-SERVERS` or `SHAPE-SERVERS-without-VICTIM`.
    pub(super) fn workloads(&self) -> Vec<Workload> {
        let of = |shape: Shape| self.servers.iter().map(move |servers| self.workload(shape, *servers));
        self.shapes.iter().flat_map(|shape| of(*shape)).collect()
    }

    fn workload(&self, shape: Shape, servers: u32) -> Workload {
        let stem = format!("{}-{servers}", shape.name());
        let (name, about) = match self.kill {
            None => (stem, "updates, reads and both".to_owned()),
            Some(victim) => {
                let victim = victim_name(victim);
                (format!("{stem}-without-{victim}"), format!("the {victim} is killed under load and started again"))
            }
        };
        Workload {
            name,
            role: Role::Topology,
            about: format!("{} of {servers}: {about}", shape.name()),
            situation: None,
            variants: self.variants.clone(),
            connections: self.connections,
            idle: 0,
            depth: 1,
            requests_per_connection: None,
            pace: self.rate_per_s.map_or(Pace::Closed, Pace::RatePerS),
            iamat: 1,
            whatsat: 1,
            places_delay_ms: Some(0.0),
            measure_s: self.measure_s,
            workers: 1,
            blocks: self.blocks,
            steps: Vec::new(),
            idle_alone: false,
            herd: false,
            objective: None,
            topology: Some(Topology { shape, servers, kill: self.kill }),
        }
    }
}

fn victim_name(victim: Victim) -> &'static str {
    match victim {
        Victim::Centre => "centre",
        Victim::Server => "server",
    }
}

/// Why a workload's topology cannot be, if so.
pub(super) fn topology_fault(workload: &Workload) -> Option<&'static str> {
    let is_one = workload.role == Role::Topology;
    let Some(topology) = workload.topology else {
        return is_one.then_some("it needs a `topology`; write a [[topologies]] table");
    };
    if !is_one {
        Some("a `topology` goes with the role `topology`")
    } else if !(1..=MOST_SERVERS).contains(&topology.servers) {
        Some("a topology has 1 to 5 servers")
    } else if workload.connections < topology.servers {
        Some("every server needs a connection")
    } else if workload.idle > 0 || !workload.steps.is_empty() || workload.requests_per_connection.is_some() {
        Some("`idle`, `steps` and `requests_per_connection` do not go with the role `topology`")
    } else if (workload.pace == Pace::Closed) == topology.kill.is_some() {
        Some(
            "costs are measured in a closed loop; what is killed goes with a rate, as clients that cannot ask must not ask less",
        )
    } else if topology.kill == Some(Victim::Centre) && topology.shape == Shape::Herd {
        Some("a herd has no centre to kill")
    } else if topology.kill.is_some() && topology.servers < 3 {
        Some("where something is killed, three servers are asked")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Plan;

    const PLAN: &str = include_str!("../../plans/centre.toml");

    fn refused(from: &str, to: &str) -> String {
        assert!(PLAN.contains(from), "{from}");
        Plan::parse(&PLAN.replacen(from, to, 1), "centre").unwrap_err().to_string()
    }

    #[test]
    fn topologies_that_cannot_be_are_refused() {
        for (from, to, expected) in [
            ("servers = [1, 2, 3, 5]", "servers = [6]", "1 to 5 servers"),
            ("servers = [1, 2, 3, 5]", "servers = [0]", "1 to 5 servers"),
            ("connections = 30", "connections = 4", "every server needs a connection"),
            ("kill = \"server\"", "kill = \"centre\"", "no centre to kill"),
            ("rate_per_s = 500.0", "", "clients that cannot ask"),
        ] {
            let told = refused(from, to);
            assert!(told.contains(expected), "{told}");
        }
    }
}
