//! The map: capacity against connections, a chart for each delay of places, and who is shown ahead in its cells.

use super::{
    chart::{Cell, Chart, Crossover, curve, variants},
    comparison::{Comparison, Standing, question},
    controls::Voids,
    evidence::{Figures, Ledger, Reading, is_bound_by_delay, measure},
    variants::label,
};
use crate::{
    format::Unit,
    plan::{Metric, Role, Workload},
    stats::{self, Bound, Finding, Level, Question, Side, Verdict},
};

/// What the map's capacity is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum By {
    /// Replies a second.
    Time,
    /// Replies a second of the server's processor time.
    Cpu,
}

/// The map, a chart for each delay of places, ascending.
pub(in crate::analysis) struct MapCharts {
    /// The delay of each chart, ms.
    pub(in crate::analysis) delays_ms: Vec<f64>,
    /// By replies a second.
    pub(in crate::analysis) by_time: Vec<Chart>,
    /// By replies a second of processor time.
    pub(in crate::analysis) by_cpu: Vec<Chart>,
}

impl By {
    /// The metric that a cell is judged by.
    pub(in crate::analysis) fn metric(self) -> Metric {
        match self {
            Self::Time => Metric::Throughput,
            Self::Cpu => Metric::CpuPerRequest,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Time => "replies/s",
            Self::Cpu => "replies per second of server CPU",
        }
    }

    fn id(self, delay_ms: f64) -> String {
        match self {
            Self::Time => format!("map-{delay_ms}ms"),
            Self::Cpu => format!("map-cpu-{delay_ms}ms"),
        }
    }
}

/// Draws the map.
pub(in crate::analysis) fn map(ledger: &Ledger<'_>, voids: &Voids) -> MapCharts {
    let delays = delays(ledger);
    let charts = |by| delays.iter().map(|delay_ms| chart(ledger, voids, by, *delay_ms)).collect();
    MapCharts { by_time: charts(By::Time), by_cpu: charts(By::Cpu), delays_ms: delays }
}

fn delays(ledger: &Ledger<'_>) -> Vec<f64> {
    let mut delays: Vec<f64> = cells_of_map(ledger).map(delay_ms).collect();
    delays.sort_by(f64::total_cmp);
    delays.dedup_by(|one, other| one.total_cmp(other).is_eq());
    delays
}

fn cells_of_map<'a>(ledger: &Ledger<'a>) -> impl Iterator<Item = &'a Workload> {
    ledger.plan().workload.iter().filter(|workload| match workload.role {
        Role::Map => true,
        Role::Race | Role::Rate | Role::Memory | Role::Capacity | Role::Herd | Role::Farthest => false,
    })
}

fn delay_ms(workload: &Workload) -> f64 {
    workload.places_delay_ms.unwrap_or(0.0) + 0.0
}

fn chart(ledger: &Ledger<'_>, voids: &Voids, by: By, delay: f64) -> Chart {
    let mut cells: Vec<Cell<'_>> = cells_of_map(ledger)
        .filter(|workload| delay_ms(workload).total_cmp(&delay).is_eq())
        .map(|workload| (f64::from(workload.connections), workload))
        .collect();
    cells.sort_by(|one, other| one.0.total_cmp(&other.0));
    let lines = variants(ledger, &cells).into_iter();
    Chart {
        id: by.id(delay),
        title: format!("Capacity against connections where places take {delay} ms, in {}", by.unit()),
        x_title: "connections".to_owned(),
        y_title: by.unit().to_owned(),
        curves: lines.map(|variant| curve(ledger, &cells, variant, "", |_, reading| capacity(by, reading))).collect(),
        crossovers: crossovers(ledger, voids, by.metric(), &cells),
        notes: notes(ledger, voids, by, &cells),
    }
}

fn capacity(by: By, reading: &Reading<'_>) -> Option<Bound> {
    let figures = reading.figures.as_ref()?;
    match by {
        By::Time => Some(Bound::Exactly(figures.throughput_per_s)),
        By::Cpu => per_cpu_second(figures),
    }
}

/// Replies per second of processor time; at least so many where less than a step of it was counted.
fn per_cpu_second(figures: &Figures) -> Option<Bound> {
    let cpu_s = figures.server_cpu_s?;
    let replies = figures.completed as f64;
    Some(if cpu_s > 0.0 { Bound::Exactly(replies / cpu_s) } else { Bound::AtLeast(replies / 0.01) })
}

/// What each cell says of tasks against threads, and where the cell says less than it seems to.
fn notes(ledger: &Ledger<'_>, voids: &Voids, by: By, cells: &[Cell<'_>]) -> Vec<String> {
    let level = Level::NINETY_FIVE.shared_among(cells.len());
    let how =
        format!("Tasks against threads, cell by cell; intervals at {level}, 95 % shared among the cells of the chart.");
    let compared: Vec<_> = cells.iter().filter_map(|cell| compared(ledger, voids, by, cell, cells.len())).collect();
    let told = if compared.is_empty() { None } else { Some(how) };
    told.into_iter()
        .chain(compared)
        .chain(cells.iter().filter_map(|cell| rate_set_by_delay(ledger, by, cell)))
        .collect()
}

fn compared(ledger: &Ledger<'_>, voids: &Voids, by: By, cell: &Cell<'_>, cells: usize) -> Option<String> {
    let (connections, workload) = cell;
    if let Some(words) = voids.words(&workload.name, by.metric()) {
        return Some(format!("{connections} connections: {words}."));
    }
    let finding = finding(ledger, workload, by.metric(), cells)?;
    Some(format!("{connections} connections: {}.", finding.sentence("tasks", "threads")))
}

fn rate_set_by_delay(ledger: &Ledger<'_>, by: By, cell: &Cell<'_>) -> Option<String> {
    match by {
        By::Cpu => return None,
        By::Time => {}
    }
    let (connections, workload) = cell;
    let is_bound = |variant: &&str| {
        let of = ledger.readings(&workload.name, variant);
        let rates = of.iter().filter_map(|reading| measure(Metric::Throughput, workload, reading));
        let bound = rates.filter(|rate| is_bound_by_delay(workload, rate.least())).count();
        2 * bound > of.len()
    };
    let bound: Vec<_> =
        ledger.variants_of(workload).into_iter().filter(is_bound).map(|name| label(ledger.manifest, name)).collect();
    let delay = Unit::Us.value(delay_ms(workload) * 1e3);
    (!bound.is_empty()).then(|| {
        let who = bound.join(", ");
        format!("{connections} connections: the delay of {delay} alone sets the rate of {who} (connections over delay, Little).")
    })
}

/// Which of threads and tasks is shown to be ahead in a cell of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum Ahead {
    Threads,
    Tasks,
    Neither,
}

/// Tasks against threads in one cell. The level is shared among the cells of the chart, so that a chart as a whole seldom
/// shows what is not there.
pub(super) fn finding<'a>(
    ledger: &Ledger<'a>,
    workload: &'a Workload,
    metric: Metric,
    cells: usize,
) -> Option<Finding> {
    let plan = ledger.plan();
    let comparison = Comparison { workload, metric, a: &plan.tasks, b: &plan.threads, standing: Standing::Exploratory };
    let bounds: Vec<_> = comparison.pairs(ledger).iter().map(|pair| (pair.a, pair.b)).collect();
    let standing = stats::Standing::Primary { of: cells };
    Question { standing, ..question(&comparison, ledger) }.judge_censored(&bounds).ok()
}

/// Who is shown to be ahead; nobody where the control differs, where a limit was reached, and where the two are equivalent.
pub(in crate::analysis) fn ahead(
    ledger: &Ledger<'_>,
    voids: &Voids,
    workload: &Workload,
    metric: Metric,
    cells: usize,
) -> Ahead {
    let plan = ledger.plan();
    let is_limited = [&plan.threads, &plan.tasks].iter().any(|name| !ledger.limits(&workload.name, name).is_empty());
    if is_limited || voids.words(&workload.name, metric).is_some() {
        return Ahead::Neither;
    }
    match finding(ledger, workload, metric, cells).map(|finding| finding.verdict) {
        Some(Verdict::Faster { better, .. } | Verdict::FasterBetween { better, .. }) => match better {
            Side::First => Ahead::Tasks,
            Side::Second => Ahead::Threads,
        },
        Some(
            Verdict::Equivalent { .. } | Verdict::NotShown { .. } | Verdict::Screening { .. } | Verdict::IntervalOnly,
        )
        | None => Ahead::Neither,
    }
}

/// Where the one that is shown ahead changes, between neighbours among the cells in which one is.
pub(super) fn crossovers(ledger: &Ledger<'_>, voids: &Voids, metric: Metric, cells: &[Cell<'_>]) -> Vec<Crossover> {
    let name = |ahead| match ahead {
        Ahead::Threads => Some(&ledger.plan().threads),
        Ahead::Tasks => Some(&ledger.plan().tasks),
        Ahead::Neither => None,
    };
    let shown: Vec<_> = cells
        .iter()
        .filter_map(|(x, workload)| Some((*x, name(ahead(ledger, voids, workload, metric, cells.len()))?)))
        .collect();
    let changes = shown.windows(2).filter(|pair| pair[0].1 != pair[1].1);
    changes
        .map(|pair| Crossover { below: pair[0].1.clone(), above: pair[1].1.clone(), between: [pair[0].0, pair[1].0] })
        .collect()
}
