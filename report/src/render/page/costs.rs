use maud::{Markup, html};

use super::memory;
use crate::{
    analysis::{CostCell, CostTable, Estimate, HerdCosts},
    format::{Unit, share},
    render::{
        svg::{DotGroup, DotRow, Dots},
        table::{figure, not_measured, raw, scrolled, table, text, value, variant},
        text::{anchor, shortened},
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
    figure(&dots.picture(), &figures(view, own, |table, _| html! { (table.workload) }))
}

fn own_group<'a>(view: View<'_>, table: &'a CostTable) -> DotGroup<'a> {
    let own = table.cells.iter().filter(|cell| !view.is_rival(&cell.variant));
    let rows = own.map(|cell| dot(view, cell, |cell| cell.cpu_per_request_us.as_ref())).collect();
    DotGroup { name: view.situation(&table.workload), rows }
}

/// One workload, all variants, one column.
pub(crate) fn workload_figure(view: View<'_>, costs: &CostTable, title: &str, unit: Unit, column: Column) -> Markup {
    let rows = costs.cells.iter().map(|cell| dot(view, cell, column)).collect();
    let dots = Dots {
        title: format!("{title}: {}", view.situation(&costs.workload)),
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
/// What stands over the columns, before and after those of the servers.
pub(crate) const SEEN: [&str; 5] =
    ["Seen at the farthest, p50", "p90", "in null round trips", "null round trip", "reply, p50"];
/// Likewise.
pub(crate) const UNDER_LOAD: [&str; 3] = ["Updates a second", "Settled within", "Records per update"];
/// What a reader must know to read them.
pub(crate) const CAPTION: &str = "Updates are told at Goloman. At a light load, from the intended start of an update \
                                  until it is seen two links away, where Welsh stands; a null round trip is the median reply of a \
                                  server that only replies, at the same rate. Under load, the time after its end until all five \
                                  servers had shown every acknowledged record, and the processor time of each per update.";

/// The herd of each variant; nothing where the plan has none.
pub(crate) fn herd(view: View<'_>) -> Markup {
    let herd = &view.analysis.herd;
    let headings: Vec<String> = herd_headings(herd).into_iter().chain(["Raw, by block".to_owned()]).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    html! {
        @if !herd.is_empty() {
            div #herd {
                h3 { "The herd" }
                p.soft { (CAPTION) }
                (scrolled("The herd", &table(&headings, herd.iter().map(|one| herd_row(view, one)).collect())))
            }
        }
    }
}

/// All columns but the raw files: the variant, what is seen, what is settled, and each server's processor time.
pub(crate) fn herd_headings(herd: &[HerdCosts]) -> Vec<String> {
    let servers = herd.iter().map(|one| &one.cpu_per_update_us).max_by_key(|servers| servers.len());
    let servers = servers.into_iter().flatten().map(|(name, _)| format!("CPU, {}", shortened(name, LONGEST_SERVER)));
    let before = ["Variant"].iter().chain(&SEEN).chain(&UNDER_LOAD).map(|heading| (*heading).to_owned());
    before.chain(servers).collect()
}

/// What it says where runs lost updates.
pub(crate) fn losses(one: &HerdCosts) -> String {
    match one.lost {
        0 => String::new(),
        1 => "; 1 run LOST updates".to_owned(),
        lost => format!("; {lost} runs LOST updates"),
    }
}

fn herd_row(view: View<'_>, one: &HerdCosts) -> Vec<Markup> {
    let mut cells = vec![variant(view, &one.variant)];
    for (estimate, unit) in one.seen() {
        cells.push(value(estimate, unit, &one.why));
    }
    cells.push(value(one.updates_per_s.as_ref(), Unit::PerSecond, &one.why));
    cells.push(html! { (value(one.settled_us.as_ref(), Unit::Us, &one.why)) (text(losses(one))) });
    cells.push(value(one.records_per_update.as_ref(), Unit::Count, ""));
    cells.extend(one.cpu_per_update_us.iter().map(|(_, estimate)| value(estimate.as_ref(), Unit::Us, "")));
    let sources = [&one.seen_p50_us, &one.settled_us].into_iter().flatten().map(|estimate| raw(&estimate.sources));
    cells.push(html! { @for (index, files) in sources.enumerate() { @if index > 0 { "; " } (files) } });
    cells
}

impl HerdCosts {
    /// The columns of what is seen.
    pub(crate) fn seen(&self) -> [(Option<&crate::analysis::Estimate>, Unit); 5] {
        [
            (self.seen_p50_us.as_ref(), Unit::Us),
            (self.seen_p90_us.as_ref(), Unit::Us),
            (self.seen_in_round_trips.as_ref(), Unit::Count),
            (self.null_p50_us.as_ref(), Unit::Us),
            (self.reply_p50_us.as_ref(), Unit::Us),
        ]
    }
}
