use maud::{Markup, html};

use super::{memory, percentiles::loop_of};
use crate::{
    analysis::{CostCell, CostTable, Estimate, HerdCosts},
    format::{Unit, plain, share},
    plan::Workload,
    render::{
        svg::{DotGroup, DotRow, Dots},
        table::{Cell, Column, Table, figure, scrolled, table, value, variant},
        text::{anchor, shortened},
        view::View,
    },
};

/// One of a cost table's columns.
pub(crate) type Measure = fn(&CostCell) -> Option<&Estimate>;

/// Section 5: what the project's own variants cost.
pub(crate) fn section(view: View<'_>) -> Markup {
    let races: Vec<_> = view.analysis.costs.iter().filter(|table| view.is_race(&table.workload)).collect();
    html! {
        section #costs aria-labelledby="costs-heading" {
            h2 #costs-heading { "Costs" }
            div.flow {
                @if !races.is_empty() { (own_cpu(view, &races)) }
                (memory::own(view))
            }
            (herd(view))
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
    figure(&dots.picture(), &cost_table(view, own, |table, _| Cell::Text(table.workload.clone())).html(view))
}

fn own_group<'a>(view: View<'_>, table: &'a CostTable) -> DotGroup<'a> {
    let own = table.cells.iter().filter(|cell| !view.is_rival(&cell.variant));
    let rows = own.map(|cell| dot(view, cell, |cell| cell.cpu_per_request_us.as_ref())).collect();
    DotGroup { name: view.situation(&table.workload), rows }
}

/// One workload, all variants, one column.
pub(crate) fn workload_figure(view: View<'_>, costs: &CostTable, title: &str, unit: Unit, column: Measure) -> Markup {
    let rows = costs.cells.iter().map(|cell| dot(view, cell, column)).collect();
    let dots = Dots {
        title: format!("{title}: {}{}", view.situation(&costs.workload), caveat(view, &costs.workload, title)),
        axis: title.to_owned(),
        unit,
        groups: vec![DotGroup { name: String::new(), rows }],
    };
    let rows = costs.cells.iter().map(|cell| {
        let raw = html! { a href={ "#" (cell_anchor(&costs.workload, &cell.variant)) } { "raw" } };
        vec![variant(view, &cell.variant), value(column(cell), unit, &cell.why), raw]
    });
    figure(&dots.picture(), &table(&["Variant", title, "Raw"], rows.collect()))
}

/// What must be said of a latency: that its loop is closed, and that the delay of the places service is taken off.
fn caveat(view: View<'_>, workload: &str, title: &str) -> String {
    if !title.starts_with("Latency") {
        return String::new();
    }
    loop_of(view, workload).to_owned() + &beyond(view, workload)
}

/// ", beyond the delay of 50 ms" where latencies are what exceeds it; else nothing.
fn beyond(view: View<'_>, workload: &str) -> String {
    let over = view.workload(workload).and_then(Workload::excess_over_ms);
    over.map_or_else(String::new, |ms| format!(", beyond the delay of {} ms", plain(ms)))
}

/// A latency with what it is beyond.
fn latency<'a>(view: View<'_>, workload: &str, value: Cell<'a>) -> Cell<'a> {
    let beyond = beyond(view, workload);
    if beyond.is_empty() { value } else { Cell::Several(vec![value, Cell::Text(beyond)]) }
}

fn dot<'a>(view: View<'_>, cell: &'a CostCell, column: Measure) -> DotRow<'a> {
    DotRow { colour: view.colour(&cell.variant), label: view.label(&cell.variant), value: column(cell), why: &cell.why }
}

/// All columns of these cells, with raw files; `name` writes the first column.
pub(crate) fn cost_table<'a>(
    view: View<'_>,
    cells: impl Iterator<Item = (&'a CostTable, &'a CostCell)>,
    name: fn(&'a CostTable, &'a CostCell) -> Cell<'a>,
) -> Table<'a> {
    let row = |(table, cell): (&'a CostTable, &'a CostCell)| {
        let estimate = |value, unit| Cell::Estimate(value, unit, &cell.why);
        vec![
            name(table, cell),
            Cell::Variant(&cell.variant),
            estimate(cell.throughput_per_s.as_ref(), Unit::PerSecond),
            estimate(cell.cpu_per_request_us.as_ref(), Unit::Us),
            latency(view, &table.workload, estimate(cell.p50_us.as_ref(), Unit::Us)),
            latency(view, &table.workload, estimate(cell.p90_us.as_ref(), Unit::Us)),
            latency(view, &table.workload, estimate(cell.p99_us.as_ref(), Unit::Us)),
            Cell::Number(cell.failed_share.map_or_else(|| "–".to_owned(), share)),
            Cell::Raw(sources(cell).iter().collect()),
        ]
    };
    let columns = ["Workload", "Variant", "Replies a second", "CPU per request", "p50", "p90"].map(Column::new);
    let of_page = ["p99", "Failed"].map(Column::of_page);
    let raw = Column::named("Raw, by block", "Raw");
    Table { columns: columns.into_iter().chain(of_page).chain([raw]).collect(), rows: cells.map(row).collect() }
}

/// Whether the table of all figures has this cell.
pub(crate) fn has_cell(view: View<'_>, workload: &str, variant: &str) -> bool {
    let has_rivals = view.analysis.variants.iter().any(|entry| entry.is_rival);
    let mut tables = view.analysis.costs.iter().filter(|table| table.workload == workload);
    has_rivals && tables.any(|table| table.cells.iter().any(|cell| cell.variant == variant))
}

/// The id of a cell's line in the table of all figures.
pub(crate) fn cell_anchor(workload: &str, variant: &str) -> String {
    anchor(&format!("cell {workload} {variant}"))
}

/// The raw files of a cell: its estimates are of the same runs.
fn sources(cell: &CostCell) -> &[String] {
    let all = [&cell.throughput_per_s, &cell.cpu_per_request_us, &cell.p50_us, &cell.p90_us, &cell.p99_us];
    let longest = all.into_iter().flatten().max_by_key(|estimate| estimate.sources.len());
    longest.map_or(&[], |estimate| &estimate.sources)
}

/// Longest name of a server over a column, in characters.
const LONGEST_SERVER: usize = 18;
/// Columns of the herd before those of its servers.
const BEFORE_SERVERS: usize = 9;
/// What a reader must know to read them.
pub(crate) const CAPTION: &str = "Clients send updates to Goloman. At a light load, from the intended start of an update \
                                  until it is seen two links away, where Welsh stands; a null round trip is the median reply of a \
                                  server that only replies, at the same rate. Under load, the time after its end until all five \
                                  servers had shown every acknowledged record, and the processor time of each per update.";

/// The herd of each variant; nothing where the plan has none.
pub(crate) fn herd(view: View<'_>) -> Markup {
    let herd = &view.analysis.herd;
    html! {
        @if !herd.is_empty() {
            div #herd {
                h3 { "The herd" }
                p.soft { (CAPTION) }
                @let [whole, servers] = herd_halves(herd);
                (scrolled("The herd", &whole.html(view)))
                (scrolled("CPU of each server of the herd, per update", &servers.html(view)))
            }
        }
    }
}

/// What is seen, when all have it, and each server's processor time.
pub(crate) fn herd_table(herd: &[HerdCosts]) -> Table<'_> {
    let servers = herd.iter().map(|one| &one.cpu_per_update_us).max_by_key(|servers| servers.len());
    let servers = servers.into_iter().flatten().map(|(name, _)| format!("CPU, {}", shortened(name, LONGEST_SERVER)));
    let fixed: [&str; BEFORE_SERVERS] = [
        "Variant",
        "Seen at the farthest, p50",
        "p90",
        "in null round trips",
        "null round trip",
        "reply, p50",
        "Updates a second",
        "Settled within",
        "Records per update",
    ];
    let columns = fixed.map(Column::new).into_iter().chain(servers.map(|name| Column::new(&name)));
    Table {
        columns: columns.chain([Column::of_page("Raw, by block")]).collect(),
        rows: herd.iter().map(herd_row).collect(),
    }
}

/// The same in two, since no page is as wide: what is seen and settled, then each server's processor time.
fn herd_halves(herd: &[HerdCosts]) -> [Table<'_>; 2] {
    let mut whole = herd_table(herd);
    let servers = BEFORE_SERVERS..whole.columns.len() - 1;
    let columns = whole.columns.drain(servers.clone());
    let columns = [Column::new("Variant")].into_iter().chain(columns).collect();
    let rows = whole.rows.iter_mut().zip(herd).map(|(row, one)| {
        let cells = row.drain(servers.start..row.len() - 1);
        [Cell::Variant(&one.variant)].into_iter().chain(cells).collect()
    });
    let rows = rows.collect();
    [whole, Table { columns, rows }]
}

fn herd_row(one: &HerdCosts) -> Vec<Cell<'_>> {
    let estimate = |value, unit| Cell::Estimate(value, unit, &one.why);
    let settled = vec![estimate(one.settled_us.as_ref(), Unit::Us), Cell::Text(losses(one))];
    let mut cells = vec![
        Cell::Variant(&one.variant),
        estimate(one.seen_p50_us.as_ref(), Unit::Us),
        estimate(one.seen_p90_us.as_ref(), Unit::Us),
        estimate(one.seen_in_round_trips.as_ref(), Unit::Count),
        estimate(one.null_p50_us.as_ref(), Unit::Us),
        estimate(one.reply_p50_us.as_ref(), Unit::Us),
        estimate(one.updates_per_s.as_ref(), Unit::PerSecond),
        Cell::Several(settled),
        Cell::Estimate(one.records_per_update.as_ref(), Unit::Count, ""),
    ];
    cells.extend(one.cpu_per_update_us.iter().map(|(_, value)| Cell::Estimate(value.as_ref(), Unit::Us, "")));
    cells.push(herd_sources(one));
    cells
}

fn herd_sources(one: &HerdCosts) -> Cell<'_> {
    let mut files = Vec::new();
    for estimate in [&one.seen_p50_us, &one.settled_us].into_iter().flatten() {
        if !files.is_empty() {
            files.push(Cell::Text("; ".to_owned()));
        }
        files.push(Cell::Raw(estimate.sources.iter().collect()));
    }
    Cell::Several(files)
}

/// What it says where runs lost updates.
fn losses(one: &HerdCosts) -> String {
    match one.lost {
        0 => String::new(),
        1 => "; 1 run LOST updates".to_owned(),
        lost => format!("; {lost} runs LOST updates"),
    }
}
