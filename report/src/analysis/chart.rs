//! Line charts, and that of latency against offered rate.

use serde::{Deserialize, Serialize};

use super::{
    estimate::{Estimate, estimate},
    evidence::{Ledger, Reading, excess_over_ms, measure, why_none},
};
use crate::{
    plan::{Metric, Pace, Role, Workload},
    stats::Bound,
};

/// One line chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// Unique on the page.
    pub id: String,
    /// What it shows, in one sentence that stands alone.
    pub title: String,
    /// Name of the horizontal axis with its unit.
    pub x_title: String,
    /// Name of the vertical axis with its unit.
    pub y_title: String,
    /// One line for each variant (and percentile).
    pub curves: Vec<Curve>,
    /// Where one variant overtakes another.
    pub crossovers: Vec<Crossover>,
    /// What a reader must know beside it, such as cells in which the delay alone sets the rate.
    pub notes: Vec<String>,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The variant's name.
    pub variant: String,
    /// What of it, where a chart shows several: "p50", "p90", "p99"; else empty.
    pub part: String,
    /// Ascending in x.
    pub points: Vec<Point>,
}

/// One point with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Connections, or requests a second.
    pub x: f64,
    /// The value; none where it was not measured, with the reason.
    pub y: Option<Estimate>,
    /// Why there is no value: "limit: threads", "n/a: too few samples"; else empty.
    pub why: String,
}

/// Where the better of two variants changes between two neighbouring points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossover {
    /// Better below.
    pub below: String,
    /// Better above.
    pub above: String,
    /// The last x at which `below` is shown to be better, and the first at which `above` is.
    pub between: [f64; 2],
}

/// One cell of a chart: where it stands on the horizontal axis, and its workload.
pub(super) type Cell<'a> = (f64, &'a Workload);

/// A variant's line through the cells that it runs.
pub(super) fn curve(
    ledger: &Ledger<'_>,
    cells: &[Cell<'_>],
    variant: &str,
    part: &str,
    value: impl Fn(&Workload, &Reading<'_>) -> Option<Bound>,
) -> Curve {
    let runs = cells.iter().filter(|(_, workload)| ledger.runs(workload, variant));
    let point = |(x, workload): &Cell<'_>| {
        let y = over_blocks(ledger, workload, variant, &value);
        let why = match y {
            Some(_) => String::new(),
            None => why(ledger, workload, variant),
        };
        Point { x: *x, y, why }
    };
    Curve { variant: variant.to_owned(), part: part.to_owned(), points: runs.map(point).collect() }
}

/// The variants that run any of the cells, in the plan's order.
pub(super) fn variants<'a>(ledger: &Ledger<'a>, cells: &[Cell<'_>]) -> Vec<&'a str> {
    let names = ledger.plan().variants.iter().map(String::as_str);
    names.filter(|name| cells.iter().any(|(_, workload)| ledger.runs(workload, name))).collect()
}

fn over_blocks(
    ledger: &Ledger<'_>,
    workload: &Workload,
    variant: &str,
    value: impl Fn(&Workload, &Reading<'_>) -> Option<Bound>,
) -> Option<Estimate> {
    // A limit in some blocks leaves those that were lucky: they are no picture of the variant.
    if !ledger.limits(&workload.name, variant).is_empty() {
        return None;
    }
    let readings = ledger.readings(&workload.name, variant).into_iter();
    let blocks: Vec<_> =
        readings.filter_map(|reading| Some((value(workload, reading)?, reading.source.clone()))).collect();
    estimate(&blocks)
}

fn why(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> String {
    let why = why_none(ledger, workload, variant);
    if why.is_empty() { "n/a: too few samples".to_owned() } else { why }
}

const PARTS: [(&str, Metric); 3] =
    [("p50", Metric::LatencyP50), ("p90", Metric::LatencyP90), ("p99", Metric::LatencyP99)];

/// Latency against offered rate: a chart for each load, in the plan's order.
pub(in crate::analysis) fn rates(ledger: &Ledger<'_>) -> Vec<Chart> {
    let mut groups: Vec<Vec<Cell<'_>>> = Vec::new();
    for workload in &ledger.plan().workload {
        let (Role::Rate, Pace::RatePerS(rate_per_s)) = (workload.role, workload.pace) else { continue };
        match groups.iter_mut().find(|group| is_same_load(group[0].1, workload)) {
            Some(group) => group.push((rate_per_s, workload)),
            None => groups.push(vec![(rate_per_s, workload)]),
        }
    }
    groups.into_iter().enumerate().map(|(index, cells)| chart(ledger, index + 1, cells)).collect()
}

/// Whether two workloads differ in their rate alone.
fn is_same_load(one: &Workload, other: &Workload) -> bool {
    let load = |workload: &Workload| {
        let Workload { iamat, whatsat, connections, idle, depth, requests_per_connection, .. } = *workload;
        (iamat, whatsat, connections, idle, depth, requests_per_connection, workload.places_delay_ms.map(f64::to_bits))
    };
    load(one) == load(other)
}

fn chart(ledger: &Ledger<'_>, number: usize, mut cells: Vec<Cell<'_>>) -> Chart {
    cells.sort_by(|one, other| one.0.total_cmp(&other.0));
    let load = cells[0].1;
    let mut curves = Vec::new();
    for variant in variants(ledger, &cells) {
        for (part, metric) in PARTS {
            curves.push(curve(ledger, &cells, variant, part, |workload, reading| measure(metric, workload, reading)));
        }
    }
    let excess = excess_over_ms(load);
    Chart {
        id: format!("latency-{number}"),
        title: format!("Latency against offered rate: {}", words(load)),
        x_title: "requests offered a second".to_owned(),
        y_title: excess.map_or_else(
            || "latency, µs".to_owned(),
            |delay_ms| format!("latency beyond the delay of {delay_ms} ms, µs"),
        ),
        curves,
        crossovers: Vec::new(),
        notes: excess
            .map(|delay_ms| {
                format!("Latency is what a search takes beyond the delay of {delay_ms} ms of the places service.")
            })
            .into_iter()
            .collect(),
    }
}

/// A load without its rate, in words.
fn words(load: &Workload) -> String {
    let Workload { iamat, whatsat, connections, .. } = load;
    let mix = match (iamat, whatsat) {
        (_, 0) => "updates".to_owned(),
        (0, _) => "searches".to_owned(),
        (iamat, whatsat) => format!("updates and searches {iamat} to {whatsat}"),
    };
    let delay = match load.places_delay_ms {
        Some(delay_ms) if *whatsat > 0 && delay_ms > 0.0 => format!(", places service takes {delay_ms} ms"),
        Some(_) | None => String::new(),
    };
    format!("{mix} over {connections} connections{delay}")
}
