use std::time::Duration;

use loadgen::race::RacePlan;
use serde::{Deserialize, Serialize};

use super::{Contrast, Experiment, Margins, Role, Shape, Workload};

/// Load before a window, so that connections stand and queues have their usual length, seconds.
const LEAD_IN_S: f64 = 0.2;
/// The same beside idle connections: what a server does once for each that has fallen silent is over by then. The herd gives
/// their buffers back after a second.
const LEAD_IN_BESIDE_IDLE_S: f64 = 1.3;
/// What a thousand connections add to it, so that a few rounds of replies lie before the window, seconds. A search takes longer
/// than an update, and the first one opens a connection to the provider: after a cold start, five thousand connections search at
/// their usual rate from the third second on.
const LEAD_IN_OF_SEARCHERS_S: f64 = 0.55;
const LEAD_IN_OF_UPDATERS_S: f64 = 0.04;
/// What a thousand connections add to the window of a cell of the map, seconds. Replies come in waves, a round of all connections
/// each; a window of about one round would count one wave or two.
const WINDOW_OF_MAP_S: f64 = 0.2;
/// Load at a step of memory, seconds: each connection is answered a few times.
pub(crate) const STEP_S: f64 = 0.3;

/// Between two probes of a search for capacity, for the server to come to rest, seconds.
pub(crate) const DRAIN_S: f64 = 0.3;
/// Probes of a search for capacity that begins within an octave or so of what it finds: one or two to climb, three to narrow the
/// bracket, and every second of them fails, which counts only twice.
const PROBES: f64 = 9.0;
/// What a probe at too high a rate takes longer, until all that was sent is answered, over all probes, seconds.
const TAIL_S: f64 = 0.3;

/// Length of the load under which a component is killed and started again, seconds: a database reads its log again meanwhile.
pub(crate) const OUTAGE_S: f64 = 7.0;

/// Around a race: the load generator's start and end, and until all servers are at rest.
const AROUND_RACE_S: f64 = 0.4;
/// Around each slice, besides its lead: the speed probe, the run-up, and a look whether the server rests.
const AROUND_SLICE_S: f64 = 0.015;
/// Around each run of a load generator: its start, its end, and until the server is at rest again.
const AROUND_S: f64 = 0.22;
/// To open a connection and to close it, on both sides.
const CONNECTION_S: f64 = 0.000_15;
/// Around the two loads of a warm-up, after which nobody waits for the server to be at rest.
const AROUND_WARM_UP_S: f64 = 0.24;
/// To start a server and to end it; a Java runtime takes longer than this, a Rust server shorter.
const SERVER_S: f64 = 0.3;
/// To start five servers, link them, see that they hold the same, and end them.
const HERD_S: f64 = 2.0;
/// To start the servers of a topology, warm them, and end them.
const TOPOLOGY_S: f64 = 0.8;
/// The same where the first of them starts a database.
const CENTRAL_S: f64 = 3.2;
/// Around the load under which a component is killed: until the last update must have been seen.
const AROUND_OUTAGE_S: f64 = 2.3;
/// The loads of a topology: updates, reads, and both.
const LOADS: f64 = 3.0;
/// To check a server before the first block.
const CHECK_S: f64 = 0.3;

/// A plan, with everything filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// One sentence for people.
    pub about: String,
    /// What every order and trace is drawn from.
    pub seed: u64,
    /// Repetitions of everything; the unit of analysis.
    pub blocks: u32,
    /// Load on each variant at the start of a block, seconds.
    pub warmup_s: f64,
    /// Length of a window, seconds.
    pub measure_s: f64,
    /// Length of a slice's window where variants are raced: each is driven in many short slices between those of the others,
    /// seconds.
    #[serde(default = "slice")]
    pub slice_s: f64,
    /// Load at the start of a slice that is not measured, seconds; twice the delay of places is added to both.
    #[serde(default = "slice_lead")]
    pub slice_lead_s: f64,
    /// What voids a run.
    #[serde(default)]
    pub gates: Gates,
    /// Length of the spin probe for stalls before the first block and after the last one, seconds.
    #[serde(default = "ten")]
    pub stall_probe_s: f64,
    /// Which processors the server and the load generator get.
    pub placement: Placement,
    /// The variants, by name.
    pub variants: Vec<String>,
    /// The thread-per-connection variant of the answer.
    pub threads: String,
    /// The async variant of the answer.
    pub tasks: String,
    /// The variant that is `threads` once more: what the two differ by is noise.
    pub twin: String,
    /// What differences matter.
    pub margins: Margins,
    /// How many broken runs may be repeated, over the whole comparison; each block brings its share of them.
    pub repeats: u32,
    /// What is run, in the order in which a block runs it.
    pub workload: Vec<Workload>,
    /// The rows that decide.
    pub primary: Vec<Contrast>,
    /// The claims of the original report that it tests, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<u32>,
    /// Experiments that are no race, carried out after the last block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experiment: Vec<Experiment>,
}

/// Which processors the server and the load generator get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Both may use all.
    Free,
    /// The load generator gets the last processor, the server all others.
    Split,
}

/// Bounds beyond which a run is void for all variants that were driven together. They are fixed before the first run, and none
/// is read from what a server did: a bound that goes with a server's own latency voids the runs of the fast ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gates {
    /// The largest share of the machine that its host may give to other guests.
    pub steal: f64,
    /// The most processor time of servers that wait, as a share of one processor.
    pub waiting: f64,
    /// How late the load generator may see requests of an open loop at the 99th percentile, µs.
    pub wake_lag_us: f64,
}

impl Default for Gates {
    fn default() -> Self {
        Self { steal: 0.05, waiting: 0.01, wake_lag_us: 1_000.0 }
    }
}

pub(super) fn slice() -> f64 {
    0.25
}

pub(super) fn slice_lead() -> f64 {
    0.05
}

/// METHOD 1.7.
pub(super) fn ten() -> f64 {
    10.0
}

impl Plan {
    /// How long all of it will take, once everything is built.
    #[must_use]
    pub fn time(&self) -> Duration {
        let checks_s = self.variants.len() as f64 * (SERVER_S + CHECK_S);
        let probes_s = 2.0 * self.stall_probe_s;
        let blocks: Duration = (1..=self.blocks).map(|block| self.block_time(block)).sum();
        let experiments_s: f64 = self.experiment.iter().map(|experiment| experiment.takes_s).sum();
        blocks + Duration::from_secs_f64(checks_s + probes_s + experiments_s)
    }

    /// How long one block will take, counted from 1.
    #[must_use]
    pub fn block_time(&self, block: u32) -> Duration {
        let servers = self.variants.iter().filter(|variant| self.has_block_server(variant, block)).count();
        let starts = (self.warm_up_time() + Duration::from_secs_f64(SERVER_S)) * u32_of(servers);
        starts + self.workloads_of(block).map(|workload| self.workload_time(workload)).sum::<Duration>()
    }

    /// How long a workload will take on all its variants in one block.
    #[must_use]
    pub fn workload_time(&self, workload: &Workload) -> Duration {
        let raced = if workload.role.is_raced() { AROUND_RACE_S } else { 0.0 };
        Duration::from_secs_f64(raced) + self.run_time(workload) * u32_of(self.runners(workload).len())
    }

    /// Length of a slice's window where places take so long, seconds: a few rounds of replies lie in it.
    #[must_use]
    pub fn slice_of(&self, delay_ms: f64) -> f64 {
        milliseconds(self.slice_s + 2.0 * delay_ms / 1e3)
    }

    /// Load at the start of each slice where places take so long, seconds.
    #[must_use]
    pub fn slice_lead_of(&self, delay_ms: f64) -> f64 {
        milliseconds(self.slice_lead_s + 2.0 * delay_ms / 1e3)
    }

    /// Slices of each variant that make up so long a window.
    #[must_use]
    pub fn slices_of(&self, measure_s: f64, delay_ms: f64) -> u32 {
        let lengths = [measure_s, self.slice_of(delay_ms)].map(Duration::from_secs_f64);
        RacePlan::slices_in(lengths[0], lengths[1])
    }

    /// What a block runs, in this order.
    pub fn workloads_of(&self, block: u32) -> impl Iterator<Item = &Workload> {
        self.workload.iter().filter(move |workload| block <= self.blocks_of(workload))
    }

    /// How many blocks run a workload: the first ones.
    #[must_use]
    pub fn blocks_of(&self, workload: &Workload) -> u32 {
        workload.blocks.map_or(self.blocks, |blocks| blocks.min(self.blocks))
    }

    /// Broken runs that may have been repeated by the end of a block: each block brings its share, and what it does not use is left
    /// to the later ones.
    #[must_use]
    pub fn repeats_until(&self, block: u32) -> u32 {
        self.repeats.saturating_mul(block).div_ceil(self.blocks.max(1))
    }

    /// Whether a block has a server of this variant from its start to its end.
    #[must_use]
    pub fn has_block_server(&self, variant: &str, block: u32) -> bool {
        self.workloads_of(block)
            .any(|workload| !workload.has_own_servers() && self.runners(workload).contains(&variant))
    }

    /// How long the warm-up of one server will take.
    #[must_use]
    pub fn warm_up_time(&self) -> Duration {
        Duration::from_secs_f64(self.warmup_s + AROUND_WARM_UP_S)
    }

    /// How long one run of a workload will take, without its server's start and warm-up.
    #[must_use]
    pub fn run_time(&self, workload: &Workload) -> Duration {
        let around_s = |connections: u32| AROUND_S + f64::from(connections) * CONNECTION_S;
        let seconds = match workload.role {
            Role::Race | Role::Map | Role::Rate => {
                let delay_ms = workload.places_delay_ms.unwrap_or(0.0);
                let once_s = self.slice_of(delay_ms) + self.slice_lead_of(delay_ms) + delay_ms / 1e3 + AROUND_SLICE_S;
                let slices_s = f64::from(self.slices_of(self.measured_s(workload), delay_ms)) * once_s;
                let started_s = if workload.herd { HERD_S } else { 0.0 };
                started_s
                    + workload.lead_in_s()
                    + slices_s
                    + f64::from(workload.connections + workload.idle) * CONNECTION_S
            }
            Role::Capacity => {
                let connected_s = f64::from(workload.connections + workload.idle) * CONNECTION_S;
                let probe_s = workload.lead_in_s() + self.measured_s(workload) + connected_s + DRAIN_S + TAIL_S;
                AROUND_S + PROBES * probe_s
            }
            Role::Memory => {
                let steps_s: f64 = workload.steps.iter().map(|step| STEP_S + around_s(*step)).sum();
                let kinds = if workload.idle_alone { 1.0 } else { 2.0 };
                kinds * (SERVER_S + steps_s)
            }
            Role::Topology => topology_s(workload, self.measured_s(workload) + around_s(workload.connections)),
            Role::Herd | Role::Farthest => {
                // The load stands beside one of the same length on the server that only replies.
                let times = if workload.role == Role::Farthest { 2.0 } else { 1.0 };
                let once_s = workload.lead_in_s() + self.measured_s(workload) + around_s(workload.connections);
                HERD_S + times * once_s
            }
        };
        Duration::from_secs_f64(seconds)
    }

    /// The length of a workload's window, seconds.
    #[must_use]
    pub fn measured_s(&self, workload: &Workload) -> f64 {
        let once_s = workload.measure_s.unwrap_or(self.measure_s);
        match workload.role {
            Role::Map => milliseconds(once_s + f64::from(workload.connections) / 1_000.0 * WINDOW_OF_MAP_S),
            Role::Race | Role::Rate | Role::Capacity | Role::Memory | Role::Herd | Role::Farthest | Role::Topology => {
                once_s
            }
        }
    }

    /// The variants that run a workload, in the plan's order.
    #[must_use]
    pub fn runners(&self, workload: &Workload) -> Vec<&str> {
        let runs = |name: &&String| workload.variants.is_empty() || workload.variants.contains(name);
        self.variants.iter().filter(runs).map(String::as_str).collect()
    }
}

impl Workload {
    /// Load before the window, seconds.
    #[must_use]
    pub fn lead_in_s(&self) -> f64 {
        let once_s = if self.idle > 0 { LEAD_IN_BESIDE_IDLE_S } else { LEAD_IN_S };
        let thousand_s = if self.whatsat > 0 { LEAD_IN_OF_SEARCHERS_S } else { LEAD_IN_OF_UPDATERS_S };
        milliseconds(once_s + f64::from(self.connections) / 1_000.0 * thousand_s)
    }

    /// What every request of it waits for places, ms; none where they answer at once, and where some do not ask them.
    #[must_use]
    pub fn excess_over_ms(&self) -> Option<f64> {
        self.places_delay_ms.filter(|delay_ms| *delay_ms > 0.0 && self.iamat == 0 && self.whatsat > 0)
    }
}

/// All loads of a topology, of which one takes so long.
fn topology_s(workload: &Workload, once_s: f64) -> f64 {
    let Some(topology) = workload.topology else { return 0.0 };
    let started_s = if topology.shape == Shape::Central { CENTRAL_S } else { TOPOLOGY_S };
    match topology.kill {
        None => started_s + LOADS * (workload.lead_in_s() + once_s),
        Some(_) => started_s + OUTAGE_S + AROUND_OUTAGE_S,
    }
}

/// Seconds in whole milliseconds, as they stand in a command.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}

fn u32_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
