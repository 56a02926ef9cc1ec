//! What follows from the processor time of components, and from outages.

use report::{
    analysis::{Analysis, Estimate, TopologyCosts, topology_values},
    plan::{Asked, Pace, Role, Shape, Topology, Victim, Workload},
    render,
    results::{Component, Kind, Outage, TopologyLoad, TopologyUse},
};
use serde_json::Value;

use crate::comparison::{Comparison, THREADS, alike, plan, race};

fn workload(shape: Shape, servers: u32, kill: Option<Victim>) -> Workload {
    let name = if kill.is_some() { "outage".to_owned() } else { format!("{}-{servers}", shape.name()) };
    Workload {
        role: Role::Topology,
        pace: Pace::RatePerS(1_000.0),
        variants: vec![THREADS.to_owned()],
        topology: Some(Topology { shape, servers, kill }),
        situation: None,
        ..race(&name, "")
    }
}

/// A thousand operations; a server spends 10 µs on a read that it answers, 20 µs on an update that it is told and 4 µs on one
/// that it hears of. A centre hears of all.
fn load(topology: Topology, asked: Asked) -> TopologyLoad {
    let servers = f64::from(topology.servers);
    let component = |server: &str, kind: Kind, us: f64| Component {
        server: server.to_owned(),
        kind,
        cpu_s: us * 1_000.0 / 1e6,
        processes: 1,
    };
    let us = match asked {
        Asked::Updates => 20.0 / servers + 4.0 * (servers - 1.0) / servers,
        Asked::Reads | Asked::Both => 10.0 / servers,
    };
    let mut components: Vec<Component> =
        (0..topology.servers).map(|number| component(&format!("S{number}"), Kind::Server, us)).collect();
    if topology.shape == Shape::Star {
        components.push(component("Centre", Kind::Centre, if asked == Asked::Reads { 0.0 } else { 9.0 }));
    }
    TopologyLoad { asked, completed: 1_000, window_s: 0.5, converged_s: Some(0.02), components, loadgen: Value::Null }
}

fn outage() -> Outage {
    Outage { away_s: 1.0, asked: 400, failed: 100, unanswered_s: 0.5, unseen_s: 1.25, lost: 3, loadgen: Value::Null }
}

/// Seven blocks of herd and star, of one and of five servers, and an outage.
fn comparison() -> Comparison {
    let mut workloads: Vec<Workload> = [(Shape::Herd, 1), (Shape::Herd, 5), (Shape::Star, 1), (Shape::Star, 5)]
        .map(|(shape, servers)| workload(shape, servers, None))
        .into();
    workloads.push(workload(Shape::Star, 3, Some(Victim::Centre)));
    let mut comparison = Comparison::of(plan(7, workloads.clone(), Vec::new()), 0.0, &alike);
    for run in &mut comparison.runs {
        let topology = workloads.iter().find(|one| one.name == run.workload).unwrap().topology.unwrap();
        let loads = Asked::ALL.map(|asked| load(topology, asked)).into();
        run.topology = Some(match topology.kill {
            None => TopologyUse { loads, outage: None },
            Some(_) => TopologyUse { loads: Vec::new(), outage: Some(outage()) },
        });
    }
    comparison
}

fn median(estimate: Option<&Estimate>) -> f64 {
    estimate.map_or(f64::NAN, |one| (one.median * 100.0).round() / 100.0)
}

fn costs(analysis: &Analysis, shape: Shape, servers: u32, asked: Asked) -> &TopologyCosts {
    let is_it = |one: &&TopologyCosts| one.shape == shape && one.servers == servers && one.asked == asked;
    analysis.topologies.costs.iter().find(is_it).unwrap()
}

#[test]
fn the_busiest_component_bounds_the_capacity() {
    let analysis = comparison().analyse();
    let herd = costs(&analysis, Shape::Herd, 5, Asked::Updates);
    assert_eq!((median(herd.busiest_us.as_ref()), median(herd.total_us.as_ref())), (7.2, 36.0));
    let bounds = [herd, costs(&analysis, Shape::Herd, 5, Asked::Reads)].map(|one| median(one.bound_per_s.as_ref()));
    assert_eq!((bounds[0], bounds[1]), (138_888.89, 500_000.0));
    let star = costs(&analysis, Shape::Star, 5, Asked::Updates);
    let kinds: Vec<_> = star.busiest_of.iter().map(|(kind, us)| (*kind, median(us.as_ref()))).collect();
    assert_eq!(kinds, [(Kind::Server, 7.2), (Kind::Centre, 9.0)]);
    assert_eq!((median(star.busiest_us.as_ref()), median(star.total_us.as_ref())), (9.0, 45.0));
    let others = [&star.answered_per_s, &star.converged_us].map(|one| median(one.as_ref()));
    assert_eq!((others[0], others[1]), (2_000.0, 20_000.0));
}

#[test]
fn reads_are_shared_by_servers_and_updates_are_not() {
    let analysis = comparison().analyse();
    let ratio = |shape: Shape, asked: Asked| {
        let scaling = &analysis.topologies.scaling;
        let one = scaling.iter().find(|one| one.shape == shape && one.asked == asked).unwrap();
        assert_eq!(one.servers, [1, 5]);
        median(one.ratio.as_ref())
    };
    assert_eq!((ratio(Shape::Herd, Asked::Reads), ratio(Shape::Star, Asked::Reads)), (0.2, 0.2));
    assert_eq!((ratio(Shape::Herd, Asked::Updates), ratio(Shape::Star, Asked::Updates)), (0.36, 0.45));
}

#[test]
fn claims_get_the_costs_of_each_block() {
    let comparison = comparison();
    let values = topology_values(&comparison.manifest, &comparison.runs);
    assert_eq!(values.len(), 7 * 4 * 3);
    let first = values.iter().find(|one| one.shape == Shape::Star && one.servers == 5).unwrap();
    assert_eq!((first.block, first.asked, first.busiest_us.round()), (1, Asked::Updates, 9.0));
    assert_eq!(first.source, "runs/star-5/herd-threads.jsonl#L1");
}

#[test]
fn an_outage_is_told_beside_speed() {
    let analysis = comparison().analyse();
    let [outage] = analysis.topologies.outages.as_slice() else { panic!("one outage") };
    assert_eq!((median(outage.failed_percent.as_ref()), median(outage.unseen_us.as_ref())), (25.0, 1_250_000.0));
    assert_eq!(outage.runs_with_losses, 7);
    let [page, markdown] = [render::page(&analysis).unwrap(), render::markdown(&analysis).unwrap()];
    for text in [&page, &markdown] {
        for words in ["A central server, a star, a herd", "the centre", "| 25.0"] {
            let is_there = text.contains(&words.replace("| ", if text.starts_with('#') { "| " } else { ">" }));
            assert!(is_there, "no {words:?}");
        }
    }
    assert!(page.contains("the busiest component of a flooding herd spends 0.360x as much on an update"));
    assert!(page.contains("Bound on capacity against servers"));
}

#[test]
fn a_run_that_cannot_be_is_excluded() {
    let mut comparison = comparison();
    for (run, number) in comparison.runs_of("herd-5", THREADS).zip(0..) {
        let used = run.topology.as_mut().unwrap();
        match number {
            0 => used.loads[0].components[0].cpu_s = f64::NAN,
            1 => used.loads[1].completed = 0,
            2 => used.loads.clear(),
            3 => run.topology = None,
            _ => {}
        }
    }
    let analysis = comparison.analyse();
    assert_eq!(costs(&analysis, Shape::Herd, 5, Asked::Reads).busiest_us.as_ref().unwrap().blocks, 3);
}
