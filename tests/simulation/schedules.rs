//! Random schedules: whatever happens, a herd that is left alone comes to hold one truth.

use std::time::Duration;

use crate::{graph::Graph, herd::Herd, plan::Plan};

/// How long a herd may take to heal. The longest way: a half-open link is noticed after the 15 s of silence and the 10 s
/// for an ACK, its redial waits for up to 30 s, and then the news goes through the graph.
const HEALING: Duration = Duration::from_secs(75);

const SCHEDULES: u64 = 500;

#[test]
fn the_default_herd_heals() {
    heals("default", |_| Graph::default_herd());
}

#[test]
fn two_servers_heal() {
    heals("two", |_| Graph::line(2));
}

#[test]
fn a_line_heals() {
    heals("line", |_| Graph::line(6));
}

#[test]
fn a_ring_heals() {
    heals("ring", |_| Graph::ring(6));
}

#[test]
fn a_star_heals() {
    heals("star", |_| Graph::star(7));
}

#[test]
fn a_complete_graph_heals() {
    heals("complete", |_| Graph::complete(5));
}

#[test]
fn random_trees_heal() {
    heals("tree", Graph::random_tree);
}

/// Runs many schedules; each must end in one truth, and together they must have met what they are there to meet.
fn heals(name: &str, graph: impl Fn(u64) -> Graph) {
    let (mut overflows, mut replaced) = (0, 0);
    let seeds = seeds();
    let all = seeds.end - seeds.start > 100;
    for seed in seeds {
        let rerun = Rerun { name, seed };
        let mut herd = Herd::carry_out(Plan::random(graph(seed), seed), seed);
        herd.run(HEALING);
        herd.check();
        overflows += herd.counts().overflows;
        replaced += herd.counts().replaced;
        drop(rerun);
    }
    assert!(!all || (overflows > 0 && replaced > 0), "{overflows} overflows, {replaced} half-open links replaced");
}

fn seeds() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|value: String| value.parse().ok());
    match number("HERD_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("HERD_SIMULATION_SCHEDULES").unwrap_or(SCHEDULES),
    }
}

/// Says how to run a schedule again, should it fail.
struct Rerun<'a> {
    name: &'a str,
    seed: u64,
}

impl Drop for Rerun<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("graph {}: re-run with HERD_SIMULATION_SEED={}", self.name, self.seed);
        }
    }
}
