use serde::{Deserialize, Serialize};

use super::Objective;

/// One load that every variant of a block gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Names it in files and rows: a to z, 0 to 9 and `-`.
    pub name: String,
    /// Where the page shows it.
    pub role: Role,
    /// One clause for people.
    pub about: String,
    /// The situation that it stands for in the answer's table, such as "few busy connections".
    #[serde(default)]
    pub situation: Option<String>,
    /// The variants that run it; none named: all of the plan.
    #[serde(default)]
    pub variants: Vec<String>,
    /// Connections that carry load.
    pub connections: u32,
    /// Further connections that speak once in 120 s.
    #[serde(default)]
    pub idle: u32,
    /// Requests outstanding on a connection at most.
    #[serde(default = "one")]
    pub depth: u32,
    /// Replies after which a connection is closed and dialled anew.
    #[serde(default)]
    pub requests_per_connection: Option<u32>,
    /// When requests are sent.
    pub pace: Pace,
    /// Parts of IAMAT in the mix.
    pub iamat: u32,
    /// Parts of WHATSAT in the mix.
    #[serde(default)]
    pub whatsat: u32,
    /// How long the provider of places takes; needed where the mix has a WHATSAT.
    #[serde(default)]
    pub places_delay_ms: Option<f64>,
    /// Length of the window where it is not the plan's.
    #[serde(default)]
    pub measure_s: Option<f64>,
    /// Threads of the load generator: one is the limit where a server leaves it more to do than a processor can.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub workers: u32,
    /// Only so many of the plan's blocks run it, the first ones; all where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<u32>,
    /// Numbers of connections at which memory is read, ascending; for `Role::Memory` alone.
    #[serde(default)]
    pub steps: Vec<u32>,
    /// What must hold at a rate for the server to bear it; for `Role::Capacity` alone, whose `pace` is about where the search
    /// begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Objective>,
}

/// Where the page shows a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// In the verdict table.
    Race,
    /// In the map of capacity against connections, one chart for each delay of places.
    Map,
    /// In the curves of latency against offered rate.
    Rate,
    /// In the table of memory per connection.
    Memory,
    /// In the table of capacities: the highest rate that keeps the objective is searched for.
    Capacity,
    /// In the table of the herd: five servers, all updates told to one of them.
    Herd,
    /// In the table of the herd: until an update is seen at the server farthest from where it was told.
    Farthest,
}

impl Role {
    /// Whether its workloads are run on servers that are started for them alone.
    #[must_use]
    pub fn has_own_servers(self) -> bool {
        match self {
            Self::Race | Self::Map | Self::Rate | Self::Capacity => false,
            Self::Memory | Self::Herd | Self::Farthest => true,
        }
    }
}

/// When requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// Each connection asks again as soon as it is answered.
    Closed,
    /// Poisson arrivals at this rate over all connections.
    RatePerS(f64),
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(number: &u32) -> bool {
    *number == 1
}
