//! What each component of several servers spends, and what that bounds.

use serde::{Deserialize, Serialize};

use super::{
    estimate::{Estimate, estimate},
    evidence::{Ledger, Reading, why_none},
};
use crate::{
    plan::{Asked, Role, Shape, Topology, Victim, Workload},
    results::{Kind, Manifest, Run, TopologyLoad},
    stats::Bound,
};

/// All that the plan's topologies show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Topologies {
    /// A line for each shape, number of servers, variant, and what is asked.
    pub costs: Vec<TopologyCosts>,
    /// How much the busiest component's cost changes from the fewest to the most servers.
    pub scaling: Vec<Scaling>,
    /// What was answered and seen while a component was gone.
    pub outages: Vec<OutageCosts>,
}

/// Processor time per operation of one topology, by component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopologyCosts {
    /// Who knows whom.
    pub shape: Shape,
    /// Servers that clients talk to.
    pub servers: u32,
    /// The variant's name.
    pub variant: String,
    /// What is asked.
    pub asked: Asked,
    /// Of each kind of component, the one that spends most, µs per operation.
    pub busiest_of: Vec<(Kind, Option<Estimate>)>,
    /// The component that spends most, µs per operation.
    pub busiest_us: Option<Estimate>,
    /// All components together, µs per operation.
    pub total_us: Option<Estimate>,
    /// Operations a second at which the busiest component fills one processor: what the topology bears at most where each
    /// component has a machine, for each of its processors.
    pub bound_per_s: Option<Estimate>,
    /// Operations a second that were answered here, where all share the machine.
    pub answered_per_s: Option<Estimate>,
    /// Until all servers showed every acknowledged update, after the load, µs.
    pub converged_us: Option<Estimate>,
    /// Why there are no values, where there are none; else empty.
    pub why: String,
}

/// The busiest component with the most servers over the same with the fewest, block by block: 1 is a bottleneck that more
/// servers do not relieve, the inverse of their number one that they share in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// Who knows whom.
    pub shape: Shape,
    /// The variant's name.
    pub variant: String,
    /// What is asked.
    pub asked: Asked,
    /// The fewest servers and the most.
    pub servers: [u32; 2],
    /// Cost over cost; none where no block has both.
    pub ratio: Option<Estimate>,
}

/// What a topology does while a component is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutageCosts {
    /// Who knows whom.
    pub shape: Shape,
    /// Servers that clients talk to.
    pub servers: u32,
    /// The variant's name.
    pub variant: String,
    /// What was killed.
    pub victim: Victim,
    /// From the kill until it was started again, µs.
    pub away_us: Option<Estimate>,
    /// Share of the requests to all servers that failed, in percent.
    pub failed_percent: Option<Estimate>,
    /// The longest stretch in which a server that was not killed did not answer, µs.
    pub unanswered_us: Option<Estimate>,
    /// The longest time until an answered update was shown by another server, µs.
    pub unseen_us: Option<Estimate>,
    /// Runs in which an answered update was never shown.
    pub runs_with_losses: u32,
    /// Why there are no values, where there are none; else empty.
    pub why: String,
}

/// One block's costs of one topology under one load: what claims are judged from.
#[derive(Clone, Debug, PartialEq)]
pub struct TopologyValue {
    /// From 1.
    pub block: u32,
    /// The variant's name.
    pub variant: String,
    /// Who knows whom.
    pub shape: Shape,
    /// Servers that clients talk to.
    pub servers: u32,
    /// What is asked.
    pub asked: Asked,
    /// The component that spends most, µs per operation.
    pub busiest_us: f64,
    /// All components together, µs per operation.
    pub total_us: f64,
    /// The raw file and its line.
    pub source: String,
}

/// The costs of every run that counts, in the order of the plan.
#[must_use]
pub fn topology_values(manifest: &Manifest, runs: &[Run]) -> Vec<TopologyValue> {
    let ledger = Ledger::of(manifest, runs);
    let mut values = Vec::new();
    for (workload, topology) in workloads(&ledger) {
        for variant in ledger.variants_of(workload) {
            for reading in ledger.readings(&workload.name, variant) {
                values.extend(Asked::ALL.into_iter().filter_map(|asked| {
                    Some(TopologyValue {
                        block: reading.run.block,
                        variant: variant.to_owned(),
                        shape: topology.shape,
                        servers: topology.servers,
                        asked,
                        busiest_us: busiest_us(load(reading, asked)?, None)?,
                        total_us: total_us(load(reading, asked)?),
                        source: reading.source.clone(),
                    })
                }));
            }
        }
    }
    values
}

/// What the plan's topologies show; nothing where it has none.
pub(super) fn topologies(ledger: &Ledger<'_>) -> Topologies {
    let mut all = Topologies::default();
    for (workload, topology) in workloads(ledger) {
        for variant in ledger.variants_of(workload) {
            match topology.kill {
                None => all.costs.extend(Asked::ALL.map(|asked| costs(ledger, (workload, topology), variant, asked))),
                Some(victim) => all.outages.push(outage(ledger, (workload, topology), variant, victim)),
            }
        }
    }
    all.costs.sort_by_key(|one| (one.shape, one.servers));
    all.scaling = scaling(ledger);
    all
}

fn workloads<'a>(ledger: &Ledger<'a>) -> impl Iterator<Item = (&'a Workload, Topology)> {
    let of_role = ledger.plan().workload.iter().filter(|workload| workload.role == Role::Topology);
    of_role.filter_map(|workload| Some((workload, workload.topology?)))
}

pub(super) fn load<'a>(reading: &Reading<'a>, asked: Asked) -> Option<&'a TopologyLoad> {
    reading.run.topology.as_ref()?.loads.iter().find(|load| load.asked == asked)
}

/// The greatest processor time per operation of a component, or of one of this kind, µs.
pub(super) fn busiest_us(load: &TopologyLoad, kind: Option<Kind>) -> Option<f64> {
    let is_meant = |of: Kind| kind.is_none_or(|kind| kind == of);
    let components = load.components.iter().filter(|component| is_meant(component.kind));
    components.map(|component| per_operation_us(component.cpu_s, load)).reduce(f64::max)
}

pub(super) fn total_us(load: &TopologyLoad) -> f64 {
    per_operation_us(load.components.iter().map(|component| component.cpu_s).sum(), load)
}

fn per_operation_us(cpu_s: f64, load: &TopologyLoad) -> f64 {
    cpu_s * 1e6 / load.completed as f64
}

fn over_blocks(readings: &[&Reading<'_>], value: impl Fn(&Reading<'_>) -> Option<f64>) -> Option<Estimate> {
    let is_sound = |value: &f64| value.is_finite() && *value >= 0.0;
    let of = |one: &&Reading<'_>| Some((Bound::Exactly(value(one).filter(is_sound)?), one.source.clone()));
    estimate(&readings.iter().filter_map(of).collect::<Vec<_>>())
}

fn costs(
    ledger: &Ledger<'_>,
    (workload, topology): (&Workload, Topology),
    variant: &str,
    asked: Asked,
) -> TopologyCosts {
    let readings = ledger.readings(&workload.name, variant);
    let over = |value: &dyn Fn(&TopologyLoad) -> Option<f64>| over_blocks(&readings, |one| value(load(one, asked)?));
    let mut kinds: Vec<Kind> = readings
        .iter()
        .filter_map(|one| load(one, asked))
        .flat_map(|load| load.components.iter().map(|component| component.kind))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    TopologyCosts {
        shape: topology.shape,
        servers: topology.servers,
        variant: variant.to_owned(),
        asked,
        busiest_of: kinds.into_iter().map(|kind| (kind, over(&|load| busiest_us(load, Some(kind))))).collect(),
        busiest_us: over(&|load| busiest_us(load, None)),
        total_us: over(&|load| Some(total_us(load))),
        bound_per_s: over(&|load| Some(1e6 / busiest_us(load, None)?)),
        answered_per_s: over(&|load| Some(load.completed as f64 / load.window_s)),
        converged_us: over(&|load| Some(load.converged_s? * 1e6)),
        why: why_none(ledger, workload, variant),
    }
}

/// Two workloads, each with its number of servers: the fewest and the most.
type Ends<'a> = [(&'a Workload, u32); 2];

/// For each shape and variant that has several numbers of servers.
fn scaling(ledger: &Ledger<'_>) -> Vec<Scaling> {
    let mut ends: Vec<(Shape, &str, Ends<'_>)> = Vec::new();
    for (workload, topology) in workloads(ledger).filter(|(_, topology)| topology.kill.is_none()) {
        for variant in ledger.variants_of(workload) {
            let (shape, here) = (topology.shape, (workload, topology.servers));
            match ends.iter_mut().find(|(of, name, _)| *of == shape && *name == variant) {
                None => ends.push((shape, variant, [here, here])),
                Some((_, _, [fewest, most])) => {
                    *fewest = if here.1 < fewest.1 { here } else { *fewest };
                    *most = if here.1 > most.1 { here } else { *most };
                }
            }
        }
    }
    ends.retain(|(_, _, [fewest, most])| fewest.1 < most.1);
    ends.sort_by_key(|(shape, ..)| *shape);
    let of = |(shape, variant, [fewest, most]): &(Shape, &str, Ends<'_>)| {
        let ratio = |asked: Asked| {
            over_blocks(&ledger.readings(&most.0.name, variant), |one| {
                let other = ledger.reading(&fewest.0.name, variant, one.run.block)?;
                Some(busiest_us(load(one, asked)?, None)? / busiest_us(load(other, asked)?, None)?)
            })
        };
        let servers = [fewest.1, most.1];
        let one =
            |asked| Scaling { shape: *shape, variant: (*variant).to_owned(), asked, servers, ratio: ratio(asked) };
        Asked::ALL.map(one)
    };
    ends.iter().flat_map(of).collect()
}

fn outage(
    ledger: &Ledger<'_>,
    (workload, topology): (&Workload, Topology),
    variant: &str,
    victim: Victim,
) -> OutageCosts {
    let readings = ledger.readings(&workload.name, variant);
    let told = |one: &Reading<'_>| one.run.topology.as_ref()?.outage.clone();
    let losses = readings.iter().filter_map(|one| told(one)).filter(|outage| outage.lost > 0).count();
    OutageCosts {
        shape: topology.shape,
        servers: topology.servers,
        variant: variant.to_owned(),
        victim,
        away_us: over_blocks(&readings, |one| Some(told(one)?.away_s * 1e6)),
        failed_percent: over_blocks(&readings, |one| {
            let outage = told(one)?;
            Some(outage.failed as f64 * 100.0 / outage.asked as f64)
        }),
        unanswered_us: over_blocks(&readings, |one| Some(told(one)?.unanswered_s * 1e6)),
        unseen_us: over_blocks(&readings, |one| Some(told(one)?.unseen_s * 1e6)),
        runs_with_losses: u32::try_from(losses).unwrap_or(u32::MAX),
        why: why_none(ledger, workload, variant),
    }
}
