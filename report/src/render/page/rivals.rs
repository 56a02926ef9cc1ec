use maud::{Markup, html};

use super::{
    costs::{Measure, cell_anchor, cost_table, workload_figure},
    memory,
    verdicts::{RowGroup, legend, row_table},
};
use crate::{
    analysis::{Analysis, Row},
    format::Unit,
    plan::Metric,
    render::{
        table::{Cell, folded, scrolled},
        view::View,
    },
};

/// Over the rows in which threads have no part.
const BESIDE_EACH_OTHER: &str = "CPU per request, rivals beside each other and beside tasks";
/// What is drawn of every workload.
const PICTURES: [(&str, Unit, Measure); 3] = [
    ("Replies a second", Unit::PerSecond, |cell| cell.throughput_per_s.as_ref()),
    ("CPU per request", Unit::Us, |cell| cell.cpu_per_request_us.as_ref()),
    ("Latency p50", Unit::Us, |cell| cell.p50_us.as_ref()),
];

/// Section 7: the same server in other languages.
pub(crate) fn section(view: View<'_>) -> Markup {
    html! {
        section #rivals aria-labelledby="rivals-heading" {
            h2 #rivals-heading { "Other servers: rivals and ceilings" }
            (compared(view))
        }
    }
}

fn compared(view: View<'_>) -> Markup {
    html! {
        (absent(view.analysis))
        @for (title, unit, column) in PICTURES { (pictures(view, title, unit, column)) }
        h3 { "Memory and context switches, all variants" }
        div.flow { (memory::all(view)) }
        h3 { "Ratios" }
        (legend())
        @let (beside, against_threads) = apart(view);
        @if !beside.is_empty() { (ratios(view, BESIDE_EACH_OTHER, beside)) }
        @for (metric, rows) in by_metric(against_threads) { (ratios(view, metric.title(), rows)) }
        h3 { "All figures" }
        (folded("Every variant in every workload", &scrolled("Every variant in every workload", &everything(view))))
    }
}

fn absent(analysis: &Analysis) -> Markup {
    html! {
        @for entry in analysis.variants.iter().filter(|entry| !entry.why.is_empty()) {
            p.note { (entry.name) ": " (entry.why) }
        }
    }
}

fn pictures(view: View<'_>, title: &str, unit: Unit, column: Measure) -> Markup {
    let is_shown = |table: &&_| has_values(view, table, column);
    let tables: Vec<_> = view.analysis.costs.iter().filter(is_shown).collect();
    html! {
        @if !tables.is_empty() {
            h3 { (title) }
            div.charts { @for table in tables { (workload_figure(view, table, title, unit, column)) } }
        }
    }
}

fn has_values(view: View<'_>, table: &crate::analysis::CostTable, column: Measure) -> bool {
    view.is_race(&table.workload)
        && table.cells.iter().any(|cell| view.is_rival(&cell.variant) && column(cell).is_some())
}

fn everything(view: View<'_>) -> Markup {
    let cells = view.analysis.costs.iter().flat_map(|table| table.cells.iter().map(move |cell| (table, cell)));
    let named = cost_table(view, cells, |table, cell| {
        Cell::Anchor(cell_anchor(&table.workload, &cell.variant), &table.workload)
    });
    named.html(view)
}

/// The rows by metric, in the order in which the metrics appear.
fn by_metric(rows: Vec<&Row>) -> Vec<(Metric, Vec<&Row>)> {
    let mut groups: Vec<(Metric, Vec<&Row>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(metric, _)| *metric == row.metric) {
            Some((_, group)) => group.push(row),
            None => groups.push((row.metric, vec![row])),
        }
    }
    groups
}

/// The rows of processor time in which threads have no part, and all others.
fn apart(view: View<'_>) -> (Vec<&Row>, Vec<&Row>) {
    let threads = &view.analysis.manifest.plan.threads;
    let is_beside =
        |row: &&Row| row.metric == Metric::CpuPerRequest && ![&row.a, &row.b].into_iter().any(|name| name == threads);
    view.rival_rows().into_iter().partition(is_beside)
}

fn ratios(view: View<'_>, name: &str, rows: Vec<&Row>) -> Markup {
    let summary = format!("{name}: {} comparisons", rows.len());
    let group = RowGroup { name, about: "exploratory: intervals at 95 %, each by itself, and no verdict", rows };
    folded(&summary, &row_table(view, &group))
}
