//! Which rows a page has.

use super::{
    capacity::undecidable,
    comparison::{Comparison, Standing},
    controls::Voids,
    evidence::{Figures, Ledger},
    row::{Row, row},
};
use crate::plan::{Metric, Pace, Role, Workload};

/// Below this share of what was offered an open loop's throughput says something of the server.
const KEPT_UP: f64 = 0.99;

/// Rivals that are compared with each other, as their variants are named.
const BESIDE_EACH_OTHER: [&str; 3] = ["python-asyncio", "node", "java-platform"];

/// All rows of a page: those named beforehand, what else their races cost or reach, then threads against tasks, the control, and
/// the rivals against threads, then with each other, each in the order of the plan.
pub(in crate::analysis) fn rows(ledger: &Ledger<'_>, voids: &Voids) -> Vec<Row> {
    let mut comparisons = primary(ledger);
    let besides = beside_named(ledger, &comparisons);
    comparisons.extend(besides);
    let plan = ledger.plan();
    for (other, standing) in opponents(ledger) {
        // As the plans name them: whoever reads on must not turn a ratio round.
        let (a, b) = if other == plan.tasks { (plan.threads.as_str(), other) } else { (other, plan.threads.as_str()) };
        for workload in &plan.workload {
            for metric in metrics(ledger, workload, other, standing, &comparisons) {
                let comparison = Comparison { workload, metric, a, b, standing };
                if !is_there(&comparisons, &comparison) {
                    comparisons.push(comparison);
                }
            }
        }
    }
    let between = between_rivals(ledger);
    comparisons.extend(between.into_iter().filter(|one| !is_there(&comparisons, one)).collect::<Vec<_>>());
    comparisons
        .iter()
        .map(|comparison| row(comparison, ledger, voids.words(&comparison.workload.name, comparison.metric)))
        .collect()
}

fn primary<'a>(ledger: &Ledger<'a>) -> Vec<Comparison<'a>> {
    let plan = ledger.plan();
    let comparison = |contrast: &'a crate::plan::Contrast| {
        let workload = plan.workload.iter().find(|workload| workload.name == contrast.workload)?;
        let (a, b) = (contrast.a.as_str(), contrast.b.as_str());
        let standing = standing_of(ledger, workload, contrast.metric);
        Some(Comparison { workload, metric: contrast.metric, a, b, standing })
    };
    let mut comparisons: Vec<Comparison<'a>> = Vec::new();
    for comparison in plan.primary.iter().filter_map(comparison) {
        if !is_there(&comparisons, &comparison) {
            comparisons.push(comparison);
        }
    }
    comparisons
}

/// A race that is named by throughput or by processor time has the other too: neither says much alone.
fn beside_named<'a>(ledger: &Ledger<'a>, named: &[Comparison<'a>]) -> Vec<Comparison<'a>> {
    let mut besides: Vec<Comparison<'a>> = Vec::new();
    for &Comparison { workload, a, b, .. } in named.iter().filter(|one| one.workload.role == Role::Race) {
        let throughput = has_throughput(ledger, workload, [a, b]).then_some(Metric::Throughput);
        for metric in throughput.into_iter().chain([Metric::CpuPerRequest]) {
            let comparison = Comparison { workload, metric, a, b, standing: Standing::Exploratory };
            if !is_there(named, &comparison) && !is_there(&besides, &comparison) {
                besides.push(comparison);
            }
        }
    }
    besides
}

/// p99 decides nothing, whatever a plan names, but objectives that lie far above the machine's stalls (METHOD 2.5).
fn standing_of(ledger: &Ledger<'_>, workload: &Workload, metric: Metric) -> Standing {
    match metric {
        Metric::LatencyP99 => Standing::Exploratory,
        Metric::Capacity if undecidable(ledger, workload).is_some() => Standing::Exploratory,
        Metric::Throughput
        | Metric::CpuPerRequest
        | Metric::LatencyP50
        | Metric::LatencyP90
        | Metric::MemoryPerIdleConnection
        | Metric::MemoryPerActiveConnection
        | Metric::Capacity => Standing::Primary,
    }
}

/// Who is compared with threads, in the order of the page.
fn opponents<'a>(ledger: &Ledger<'a>) -> Vec<(&'a str, Standing)> {
    let plan = ledger.plan();
    let own = [&plan.threads, &plan.tasks, &plan.twin];
    let rivals = plan.variants.iter().filter(|name| !own.contains(name));
    [(plan.tasks.as_str(), Standing::Exploratory), (plan.twin.as_str(), Standing::Control)]
        .into_iter()
        .chain(rivals.map(|name| (name.as_str(), Standing::Exploratory)))
        .collect()
}

/// Rivals beside each other in every race that both run, by processor time: Python's event loop beside two other runtimes, and
/// each of them beside tasks.
fn between_rivals<'a>(ledger: &Ledger<'a>) -> Vec<Comparison<'a>> {
    let plan = ledger.plan();
    let named = |wanted: &str| plan.variants.iter().map(String::as_str).find(|name| *name == wanted);
    let [asyncio, node, java] = BESIDE_EACH_OTHER.map(named);
    let tasks = Some(plan.tasks.as_str());
    let pairs = [(asyncio, node), (asyncio, java), (asyncio, tasks), (node, tasks), (java, tasks)];
    let known: Vec<_> = pairs.into_iter().filter_map(|(a, b)| Some((a?, b?))).collect();
    let races = plan.workload.iter().filter(|one| one.role == Role::Race);
    let all = races.flat_map(|workload| known.iter().map(move |(a, b)| (workload, *a, *b)));
    let run = all.filter(|(workload, a, b)| ledger.runs(workload, a) && ledger.runs(workload, b));
    let (metric, standing) = (Metric::CpuPerRequest, Standing::Exploratory);
    run.map(|(workload, a, b)| Comparison { workload, metric, a, b, standing }).collect()
}

fn metrics(
    ledger: &Ledger<'_>,
    workload: &Workload,
    other: &str,
    standing: Standing,
    named: &[Comparison<'_>],
) -> Vec<Metric> {
    let runs = |variant: &str| ledger.runs(workload, variant);
    if !runs(other) || !runs(&ledger.plan().threads) {
        return Vec::new();
    }
    match workload.role {
        Role::Race => race_metrics(ledger, workload, other),
        Role::Memory => vec![Metric::MemoryPerIdleConnection, Metric::MemoryPerActiveConnection],
        Role::Capacity => vec![Metric::Capacity],
        // Charts show these cells; a row stands here for the control of what decides there.
        Role::Map if standing == Standing::Control => vec![Metric::CpuPerRequest],
        Role::Rate if standing == Standing::Control => decided(workload, named),
        Role::Map | Role::Rate | Role::Herd | Role::Farthest | Role::Topology => Vec::new(),
    }
}

fn decided(workload: &Workload, named: &[Comparison<'_>]) -> Vec<Metric> {
    let mut metrics: Vec<_> =
        named.iter().filter(|one| one.workload.name == workload.name).map(|one| one.metric).collect();
    metrics.sort_unstable();
    metrics.dedup();
    metrics
}

fn race_metrics(ledger: &Ledger<'_>, workload: &Workload, other: &str) -> Vec<Metric> {
    let plan = ledger.plan();
    let mut metrics = vec![Metric::CpuPerRequest, Metric::LatencyP50, Metric::LatencyP90];
    if has_throughput(ledger, workload, [other, &plan.threads]) {
        metrics.insert(0, Metric::Throughput);
    }
    if other == plan.tasks {
        metrics.push(Metric::LatencyP99);
    }
    metrics
}

/// In an open loop throughput is what was offered, unless a server falls short of it.
fn has_throughput(ledger: &Ledger<'_>, workload: &Workload, variants: [&str; 2]) -> bool {
    match workload.pace {
        Pace::Closed => true,
        Pace::RatePerS(_) => variants.iter().any(|variant| falls_short(ledger, workload, variant)),
    }
}

/// Whether a variant fell short in most of its blocks.
fn falls_short(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> bool {
    let readings = ledger.readings(&workload.name, variant);
    let is_short = |figures: &Figures| figures.throughput_per_s < KEPT_UP * figures.offered_per_s;
    let short = readings.iter().filter(|reading| reading.figures.as_ref().is_some_and(is_short)).count();
    2 * short > readings.len()
}

/// Whether a row asks the same already, from either side.
fn is_there(comparisons: &[Comparison<'_>], asked: &Comparison<'_>) -> bool {
    comparisons.iter().any(|one| {
        let is_same_pair = (one.a, one.b) == (asked.a, asked.b) || (one.b, one.a) == (asked.a, asked.b);
        is_same_pair && one.metric == asked.metric && one.workload.name == asked.workload.name
    })
}
