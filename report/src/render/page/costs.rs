use maud::{Markup, html};

use super::{
    herd, memory,
    part::{figure, not_measured, raw, table, value, variant},
    rivals::cell_anchor,
};
use crate::{
    analysis::{CostCell, CostTable, Estimate},
    render::{
        figure::{DotGroup, DotRow, Dots},
        format::{Unit, share},
        view::View,
    },
};

/// One of a cost table's columns.
pub(crate) type Column = fn(&CostCell) -> Option<&Estimate>;

/// Section 5: what the project's own variants cost.
pub(crate) fn section(view: View<'_>) -> Markup {
    let races: Vec<_> = view.analysis.costs.iter().filter(|table| view.is_race(&table.workload)).collect();
    html! {
        section #costs aria-labelledby="costs-heading" {
            h2 #costs-heading { "Costs" }
            @if races.is_empty() {
                (not_measured("The cost of a request", "the plans quick, standard and full measure it."))
            }
            div.flow {
                @if !races.is_empty() { (own_cpu(view, &races)) }
                (memory::own(view))
            }
            (herd::figures(view))
        }
    }
}

/// The project's own variants in all workloads, over one axis.
fn own_cpu(view: View<'_>, tables: &[&CostTable]) -> Markup {
    let dots = Dots {
        title: "Server CPU per request, by workload".to_owned(),
        axis: "server CPU per request, µs".to_owned(),
        unit: Unit::Us,
        groups: tables.iter().map(|table| own_group(view, table)).collect(),
    };
    let cells = tables.iter().flat_map(|table| table.cells.iter().map(move |cell| (*table, cell)));
    let own = cells.filter(|(_, cell)| !view.is_rival(&cell.variant));
    figure(&dots.picture(), &figures(view, own, |table, _| html! { (table.workload) }))
}

fn own_group<'a>(view: View<'_>, table: &'a CostTable) -> DotGroup<'a> {
    let own = table.cells.iter().filter(|cell| !view.is_rival(&cell.variant));
    let rows = own.map(|cell| dot(view, cell, |cell| cell.cpu_per_request_us.as_ref())).collect();
    DotGroup { name: view.situation(&table.workload), rows }
}

/// One workload, all variants, one column.
pub(crate) fn workload_figure(view: View<'_>, table: &CostTable, title: &str, unit: Unit, column: Column) -> Markup {
    let rows = table.cells.iter().map(|cell| dot(view, cell, column)).collect();
    let dots = Dots {
        title: format!("{title}: {}", view.situation(&table.workload)),
        axis: title.to_owned(),
        unit,
        groups: vec![DotGroup { name: String::new(), rows }],
    };
    let rows = table.cells.iter().map(|cell| {
        let raw = html! { a href={ "#" (cell_anchor(&table.workload, &cell.variant)) } { "raw" } };
        vec![variant(view, &cell.variant), value(column(cell), unit, &cell.why), raw]
    });
    figure(&dots.picture(), &super::part::table(&["Variant", title, "Raw"], rows.collect()))
}

fn dot<'a>(view: View<'_>, cell: &'a CostCell, column: Column) -> DotRow<'a> {
    DotRow { colour: view.colour(&cell.variant), label: view.label(&cell.variant), value: column(cell), why: &cell.why }
}

/// All columns of these cells, with raw files; `name` writes the first column.
pub(crate) fn figures<'a>(
    view: View<'_>,
    cells: impl Iterator<Item = (&'a CostTable, &'a CostCell)>,
    name: fn(&CostTable, &CostCell) -> Markup,
) -> Markup {
    let row = |(table, cell): (&CostTable, &CostCell)| {
        let columns = [
            (&cell.throughput_per_s, Unit::PerSecond),
            (&cell.cpu_per_request_us, Unit::Us),
            (&cell.p50_us, Unit::Us),
            (&cell.p90_us, Unit::Us),
            (&cell.p99_us, Unit::Us),
        ];
        let mut row = vec![name(table, cell), variant(view, &cell.variant)];
        row.extend(columns.map(|(estimate, unit)| value(estimate.as_ref(), unit, &cell.why)));
        row.push(html! { span.num { (cell.failed_share.map_or_else(|| "–".to_owned(), share)) } });
        row.push(raw(sources(cell)));
        row
    };
    let headings =
        ["Workload", "Variant", "Replies a second", "CPU per request", "p50", "p90", "p99", "Failed", "Raw, by block"];
    table(&headings, cells.map(row).collect())
}

/// The raw files of a cell: its estimates are of the same runs.
fn sources(cell: &CostCell) -> &[String] {
    let all = [&cell.throughput_per_s, &cell.cpu_per_request_us, &cell.p50_us, &cell.p90_us, &cell.p99_us];
    let longest = all.into_iter().flatten().max_by_key(|estimate| estimate.sources.len());
    longest.map_or(&[], |estimate| &estimate.sources)
}
