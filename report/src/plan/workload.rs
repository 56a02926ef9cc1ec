use std::{collections::HashSet, fmt};

use loadgen::run::Pace;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::topology::{Topology, topology_fault};
use crate::fault::{Fault, demand};

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
    /// Whether memory is read with idle connections alone; for `Role::Memory` alone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub idle_alone: bool,
    /// Whether each variant stands for five servers that tell each other updates, of which the first is told them; for
    /// `Role::Race` alone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub herd: bool,
    /// What must hold at a rate for the server to bear it; for `Role::Capacity` alone, whose `pace` is about where the search
    /// begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Objective>,
    /// How servers stand together; for `Role::Topology` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topology: Option<Topology>,
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
    /// In the table of topologies: what each component of several servers spends on updates and on reads.
    Topology,
}

impl Role {
    /// Whether its workloads are driven on all their variants in turn, in slices.
    #[must_use]
    pub fn is_raced(self) -> bool {
        match self {
            Self::Race | Self::Map | Self::Rate => true,
            Self::Memory | Self::Capacity | Self::Herd | Self::Farthest | Self::Topology => false,
        }
    }

    /// Whether its workloads are run on servers that are started for them alone.
    #[must_use]
    pub fn has_own_servers(self) -> bool {
        match self {
            Self::Race | Self::Map | Self::Rate | Self::Capacity => false,
            Self::Memory | Self::Herd | Self::Farthest | Self::Topology => true,
        }
    }
}

impl Workload {
    /// Whether it is run on servers that are started for it alone.
    #[must_use]
    pub fn has_own_servers(&self) -> bool {
        self.herd || self.role.has_own_servers()
    }
}

/// What a server must keep to at a rate, such as `p99<=50ms,errors<=0.1%`: all of the conditions, in the grammar of
/// `loadgen sweep --objective`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Objective(loadgen::sweep::Objective);

impl TryFrom<String> for Objective {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

impl From<Objective> for String {
    fn from(objective: Objective) -> Self {
        objective.to_string()
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Objective {
    /// The smallest bound on a percentile from p99 on, or on the maximum, µs: what the machine's stalls must lie far below.
    #[must_use]
    pub fn tail_bound_us(&self) -> Option<f64> {
        self.0.tail_bound_us()
    }

    /// The smallest bound on any percentile, µs.
    #[must_use]
    pub fn latency_bound_us(&self) -> Option<f64> {
        self.0.latency_bound_us()
    }
}

/// Each delayed connection needs two descriptors of the server (METHOD section 4).
const MOST_DELAYED: u32 = 5_000;

/// Refuses a workload that cannot be run, or that METHOD forbids.
pub(super) fn check_workload(spanned: &Spanned<Workload>, variants: &HashSet<&str>) -> Result<(), Fault> {
    let (span, workload) = (spanned.span(), spanned.get_ref());
    let name = &workload.name;
    let told = |is_met: bool, message: &str| demand(span.clone(), is_met, &format!("workload {name}: {message}"));
    told(is_name(name), "a name has only a to z, 0 to 9 and `-`")?;
    if let Some(stranger) = workload.variants.iter().find(|variant| !variants.contains(variant.as_str())) {
        told(false, &format!("{stranger:?} is not among the plan's `variants`"))?;
    }
    told(workload.blocks != Some(0), "`blocks` is at least 1")?;
    told(workload.connections > 0 && workload.depth > 0, "`connections` and `depth` are at least 1")?;
    let shared = (1..=workload.connections).contains(&workload.workers);
    told(shared, "`workers` are at least 1, and no more than `connections`")?;
    told(workload.requests_per_connection != Some(0), "`requests_per_connection` is at least 1")?;
    told(workload.iamat + workload.whatsat > 0, "it sends nothing; give parts of `iamat` or `whatsat`")?;
    let delay_ms = workload.places_delay_ms;
    told(workload.whatsat == 0 || delay_ms.is_some(), "with `whatsat` it needs `places_delay_ms`, which may be 0")?;
    told(delay_ms.is_none_or(|delay_ms| (0.0..=60_000.0).contains(&delay_ms)), "`places_delay_ms` is 0 to 60000")?;
    let is_delayed = delay_ms.is_some_and(|delay_ms| delay_ms > 0.0) && workload.whatsat > 0;
    told(!is_delayed || workload.connections <= MOST_DELAYED, "with a delay, connections are 5000 at most (METHOD 4)")?;
    told(!workload.idle_alone || workload.role == Role::Memory, "`idle_alone` goes with the role `memory`")?;
    let is_told_alone = workload.whatsat == 0 && workload.idle == 0 && workload.requests_per_connection.is_none();
    let message = "`herd` goes with the role `race`: updates alone, by connections that stay";
    told(!workload.herd || workload.role == Role::Race && is_told_alone, message)?;
    told(workload.measure_s.is_none_or(|measure_s| measure_s > 0.0 && measure_s <= 3_600.0), "`measure_s` is above 0")?;
    if let Pace::RatePerS(rate_per_s) = workload.pace {
        told(rate_per_s.is_finite() && rate_per_s > 0.0, "a rate is above 0")?;
    }
    match workload.role {
        Role::Memory => {
            let is_ascending = workload.steps.is_sorted_by(|left, right| left < right);
            told(
                workload.steps.len() > 1 && workload.steps[0] > 0 && is_ascending,
                "`steps` are two or more, ascending",
            )
        }
        Role::Herd | Role::Farthest => {
            let is_open = matches!(workload.pace, Pace::RatePerS(_));
            let message = "the herd is told updates alone, at a rate, by connections that stay";
            told(is_open && workload.whatsat == 0 && workload.requests_per_connection.is_none(), message)?;
            told(workload.idle == 0 && workload.steps.is_empty(), "`idle` and `steps` do not go with its role")
        }
        Role::Race | Role::Map | Role::Rate | Role::Capacity => {
            told(workload.steps.is_empty(), "`steps` go with the role `memory`")
        }
        Role::Topology => Ok(()),
    }?;
    if let Some(fault) = topology_fault(workload) {
        told(false, fault)?;
    }
    check_objective(spanned)
}

/// A capacity is searched under an objective, from a rate; nothing else has one.
fn check_objective(spanned: &Spanned<Workload>) -> Result<(), Fault> {
    let (span, workload) = (spanned.span(), spanned.get_ref());
    let told =
        |is_met: bool, message: &str| demand(span.clone(), is_met, &format!("workload {}: {message}", workload.name));
    match (workload.role, &workload.objective) {
        (Role::Capacity, Some(objective)) => {
            let begins = matches!(workload.pace, Pace::RatePerS(_));
            told(begins, "its `pace` is the rate about which the search begins, such as { rate-per-s = 4000.0 }")?;
            let delay_us = workload.excess_over_ms().unwrap_or(0.0) * 1e3;
            let bound_us = objective.latency_bound_us();
            told(
                bound_us.is_none_or(|us| us > delay_us),
                "its `objective` bounds latency by less than the places service takes",
            )
        }
        (Role::Capacity, None) => told(false, "it needs an `objective`, such as \"p99<=50ms,errors<=0.1%\""),
        (
            Role::Race | Role::Map | Role::Rate | Role::Memory | Role::Herd | Role::Farthest | Role::Topology,
            objective,
        ) => told(objective.is_none(), "an `objective` goes with the role `capacity`"),
    }
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(is_true: &bool) -> bool {
    !*is_true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(number: &u32) -> bool {
    *number == 1
}

pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
