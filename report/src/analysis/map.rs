//! The map: capacity against connections, a chart for each delay of places, and who is shown ahead in its cells.

use std::cmp::Ordering;

use super::{
    chart::{Cell, Chart, Crossover, curve, variants},
    comparison::{Comparison, Standing, question},
    contradiction::contradiction,
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
enum By {
    /// Replies a second: drawn, and nothing is decided by it.
    Time,
    /// Replies a second of the server's processor time.
    Cpu,
}

/// What the cells of a map do: those of one kind are one family, and share one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::analysis) enum Kind {
    /// Updates alone.
    Updates,
    /// Searches, or a mix with them.
    Searches,
}

/// The cells of one chart.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) struct Group {
    pub(in crate::analysis) kind: Kind,
    /// How long places take, ms; 0 for updates, which ask for none.
    delay_ms: f64,
}

/// The map, a chart for each group: updates, then searches by delay, ascending.
pub(in crate::analysis) struct MapCharts {
    /// What each chart is of.
    pub(in crate::analysis) groups: Vec<Group>,
    /// By replies a second.
    pub(in crate::analysis) by_time: Vec<Chart>,
    /// By replies a second of processor time.
    pub(in crate::analysis) by_cpu: Vec<Chart>,
}

impl By {
    fn unit(self) -> &'static str {
        match self {
            Self::Time => "replies/s",
            Self::Cpu => "replies per second of server CPU",
        }
    }
}

impl Kind {
    /// Both.
    pub(in crate::analysis) const ALL: [Self; 2] = [Self::Updates, Self::Searches];

    /// Its name for people.
    pub(in crate::analysis) fn name(self) -> &'static str {
        match self {
            Self::Updates => "updates",
            Self::Searches => "searches",
        }
    }

    fn of(workload: &Workload) -> Self {
        if workload.whatsat == 0 { Self::Updates } else { Self::Searches }
    }

    /// The cells of the map that are of this kind.
    pub(in crate::analysis) fn cells<'a>(self, ledger: &Ledger<'a>) -> impl Iterator<Item = &'a Workload> {
        let of_map = ledger.plan().workload.iter().filter(|workload| workload.role == Role::Map);
        of_map.filter(move |workload| Self::of(workload) == self)
    }
}

impl Group {
    fn of(workload: &Workload) -> Self {
        let kind = Kind::of(workload);
        let delay_ms = match kind {
            Kind::Updates => 0.0,
            Kind::Searches => workload.places_delay_ms.unwrap_or(0.0) + 0.0,
        };
        Self { kind, delay_ms }
    }

    /// "the places service takes 5 ms"; none for updates.
    pub(in crate::analysis) fn place(self) -> Option<String> {
        match self.kind {
            Kind::Updates => None,
            Kind::Searches => Some(format!("the places service takes {} ms", self.delay_ms)),
        }
    }

    fn order(self, other: Self) -> Ordering {
        self.kind.cmp(&other.kind).then(self.delay_ms.total_cmp(&other.delay_ms))
    }

    fn id(self, by: By) -> String {
        let by = match by {
            By::Time => "map",
            By::Cpu => "map-cpu",
        };
        match self.kind {
            Kind::Updates => format!("{by}-updates"),
            Kind::Searches => format!("{by}-{}ms", self.delay_ms),
        }
    }

    fn title(self, by: By) -> String {
        let place = self.place().map(|place| format!(" where {place}")).unwrap_or_default();
        format!("Capacity for {} against connections{place}, in {}", self.kind.name(), by.unit())
    }
}

/// Draws the map.
pub(in crate::analysis) fn map(ledger: &Ledger<'_>, voids: &Voids) -> MapCharts {
    let mut groups: Vec<Group> = Kind::ALL.into_iter().flat_map(|kind| kind.cells(ledger)).map(Group::of).collect();
    groups.sort_by(|one, other| one.order(*other));
    groups.dedup_by(|one, other| one.order(*other).is_eq());
    let charts = |by| groups.iter().map(|group| chart(ledger, voids, by, *group)).collect();
    MapCharts { by_time: charts(By::Time), by_cpu: charts(By::Cpu), groups }
}

fn chart(ledger: &Ledger<'_>, voids: &Voids, by: By, group: Group) -> Chart {
    let of_group = group.kind.cells(ledger).filter(|workload| Group::of(workload).order(group).is_eq());
    let mut cells: Vec<Cell<'_>> = of_group.map(|workload| (f64::from(workload.connections), workload)).collect();
    cells.sort_by(|one, other| one.0.total_cmp(&other.0));
    let lines = variants(ledger, &cells).into_iter();
    let (crossovers, notes) = match by {
        By::Time => (Vec::new(), cells.iter().filter_map(|cell| rate_set_by_delay(ledger, cell)).collect()),
        By::Cpu => (crossovers(ledger, voids, &cells), notes(ledger, voids, group.kind, &cells)),
    };
    Chart {
        id: group.id(by),
        title: group.title(by),
        x_title: "connections".to_owned(),
        y_title: by.unit().to_owned(),
        curves: lines.map(|variant| curve(ledger, &cells, variant, "", |_, reading| capacity(by, reading))).collect(),
        crossovers,
        notes,
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
    let cpu_us = figures.cpu_per_request_us()?;
    Some(if cpu_us > 0.0 { Bound::Exactly(1e6 / cpu_us) } else { Bound::AtLeast(figures.completed as f64 / 0.01) })
}

/// What each cell says of tasks against threads.
fn notes<'a>(ledger: &Ledger<'a>, voids: &Voids, kind: Kind, cells: &[Cell<'a>]) -> Vec<String> {
    let family = kind.cells(ledger).count();
    let level = Level::NINETY_FIVE.shared_among(family);
    let how = format!(
        "Tasks against threads, cell by cell; intervals at {level}: 95 % shared among the {family} cells of {} (Bonferroni).",
        kind.name()
    );
    let compared: Vec<_> = cells.iter().filter_map(|cell| compared(ledger, voids, cell)).collect();
    let told = if compared.is_empty() { None } else { Some(how) };
    told.into_iter().chain(compared).collect()
}

fn compared<'a>(ledger: &Ledger<'a>, voids: &Voids, cell: &Cell<'a>) -> Option<String> {
    let (connections, workload) = cell;
    if let Some(words) = voids.words(&workload.name, Metric::CpuPerRequest) {
        return Some(format!("{connections} connections: {words}."));
    }
    let said = finding(ledger, workload)?.sentence("tasks", "threads");
    let against = contradiction(&comparison(ledger, workload), ledger);
    let against = against.map(|why| format!("; contradicted: {why}")).unwrap_or_default();
    Some(format!("{connections} connections: {said}{against}."))
}

fn rate_set_by_delay(ledger: &Ledger<'_>, cell: &Cell<'_>) -> Option<String> {
    let (connections, workload) = cell;
    let is_bound = |variant: &&str| {
        let of = ledger.readings(&workload.name, variant);
        let rates = of.iter().filter_map(|reading| measure(Metric::Throughput, workload, reading));
        let bound = rates.filter(|rate| is_bound_by_delay(workload, rate.least())).count();
        2 * bound > of.len()
    };
    let bound: Vec<_> =
        ledger.variants_of(workload).into_iter().filter(is_bound).map(|name| label(ledger.manifest, name)).collect();
    let delay = Unit::Us.value(workload.places_delay_ms.unwrap_or(0.0) * 1e3);
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

fn comparison<'a>(ledger: &Ledger<'a>, workload: &'a Workload) -> Comparison<'a> {
    let plan = ledger.plan();
    let (metric, standing) = (Metric::CpuPerRequest, Standing::Exploratory);
    Comparison { workload, metric, a: &plan.tasks, b: &plan.threads, standing }
}

/// Tasks against threads in one cell, by processor time. The level is shared among all cells of its kind, so that the map as
/// a whole seldom shows what is not there.
fn finding<'a>(ledger: &Ledger<'a>, workload: &'a Workload) -> Option<Finding> {
    let comparison = comparison(ledger, workload);
    let bounds: Vec<_> = comparison.pairs(ledger).iter().map(|pair| (pair.a, pair.b)).collect();
    let standing = stats::Standing::Primary { of: Kind::of(workload).cells(ledger).count() };
    Question { standing, ..question(&comparison, ledger) }.judge_censored(&bounds).ok()
}

/// Who is shown to be ahead; nobody where the control differs, where a limit was reached, where another measurement
/// contradicts it, and where the two are equivalent.
pub(in crate::analysis) fn ahead<'a>(ledger: &Ledger<'a>, voids: &Voids, workload: &'a Workload) -> Ahead {
    let plan = ledger.plan();
    let is_limited = [&plan.threads, &plan.tasks].iter().any(|name| !ledger.limits(&workload.name, name).is_empty());
    let is_void = voids.words(&workload.name, Metric::CpuPerRequest).is_some();
    if is_limited || is_void || contradiction(&comparison(ledger, workload), ledger).is_some() {
        return Ahead::Neither;
    }
    match finding(ledger, workload).map(|finding| finding.verdict) {
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
fn crossovers<'a>(ledger: &Ledger<'a>, voids: &Voids, cells: &[Cell<'a>]) -> Vec<Crossover> {
    let name = |ahead| match ahead {
        Ahead::Threads => Some(&ledger.plan().threads),
        Ahead::Tasks => Some(&ledger.plan().tasks),
        Ahead::Neither => None,
    };
    let shown: Vec<_> =
        cells.iter().filter_map(|(x, workload)| Some((*x, name(ahead(ledger, voids, workload))?))).collect();
    let changes = shown.windows(2).filter(|pair| pair[0].1 != pair[1].1);
    changes
        .map(|pair| Crossover { below: pair[0].1.clone(), above: pair[1].1.clone(), between: [pair[0].0, pair[1].0] })
        .collect()
}
