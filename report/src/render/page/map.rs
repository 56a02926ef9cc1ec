use maud::{Markup, html};

use super::chart::{Parts, chart};
use crate::{
    analysis::{CapacityCell, CapacityTable, Chart, SearchEntry},
    format::{Unit, rounded},
    render::{
        table::{Cell, Column, Table, folded, raw_link, scrolled, table, text, variant},
        view::{View, ended_by},
    },
};

/// Section 4: which model does more, over connections and delays.
pub(crate) fn section(view: View<'_>) -> Markup {
    let analysis = view.analysis;
    html! {
        section #map aria-labelledby="map-heading" {
            h2 #map-heading { "Capacity against connections" }
            @if !(analysis.map.is_empty() && analysis.map_by_cpu.is_empty()) {
                p.soft { "Closed loop: every connection asks again as soon as it is answered. One picture for each delay of "
                    "the places service; bars are intervals over blocks." }
                h3 { "Replies a second" }
                (charts(view, &analysis.map))
                h3 { "Replies per second of the server's CPU" }
                (charts(view, &analysis.map_by_cpu))
            }
            (capacities(view))
        }
    }
}

fn charts(view: View<'_>, charts: &[Chart]) -> Markup {
    html! { div.charts { @for one in charts { (chart(view, one, Parts::All, Unit::PerSecond, Vec::new())) } } }
}

/// The highest rates at which an objective is kept, where the plan searches for any.
pub(crate) fn capacities(view: View<'_>) -> Markup {
    let tables = &view.analysis.capacity;
    html! {
        @if !tables.is_empty() {
            h3 #capacity { "The highest rate that keeps an objective" }
            p.soft { "Open loop, in each block a search of its own: the rate is doubled until it fails, then the step is halved; a "
                "rate fails only if it fails twice. The resolution is how finely was searched, and no interval: that comes from "
                "blocks. \u{201c}Box\u{201d} means that less than 10 % of the machine was idle where it failed, "
                "\u{201c}generator\u{201d} that the server may do more." }
            @for one in tables { (capacity(view, one)) }
        }
    }
}

fn capacity(view: View<'_>, one: &CapacityTable) -> Markup {
    let name = format!("{}: {}", view.situation(&one.workload), one.objective);
    html! {
        h4 { (name) }
        @if let Some(why) = &one.undecidable { p.note { strong { "The objective is " (why) "." } } }
        (scrolled(&name, &capacity_table(one).html(view)))
        (folded("Every search", &scrolled("Every search", &searches(view, one))))
    }
}

/// A line for each variant.
pub(crate) fn capacity_table(one: &CapacityTable) -> Table<'_> {
    let columns = [
        Column::new("Variant"),
        Column::new("Highest rate that keeps it"),
        Column::of_page("Blocks"),
        Column::new("Search resolution"),
        Column::new("Limited by"),
        Column::named("Raw, by block", "Raw"),
    ];
    Table { columns: columns.into(), rows: one.cells.iter().map(line).collect() }
}

fn line(cell: &CapacityCell) -> Vec<Cell<'_>> {
    let coarsest = cell.searches.iter().filter_map(|search| search.resolution).reduce(f64::max);
    vec![
        Cell::Variant(&cell.variant),
        Cell::Estimate(cell.capacity_per_s.as_ref(), Unit::PerSecond, &cell.why),
        Cell::Text(cell.searches.len().to_string()),
        Cell::Number(ratio(coarsest)),
        Cell::Text(ended_by(&cell.searches)),
        Cell::Raw(cell.searches.iter().map(|search| &search.source).collect()),
    ]
}

/// What each block found.
fn searches(view: View<'_>, one: &CapacityTable) -> Markup {
    let row = |cell: &CapacityCell, search: &SearchEntry| {
        let rate = |rate: f64| html! { span.num { (Unit::PerSecond.value(rate)) } };
        vec![
            variant(view, &cell.variant),
            text(search.block),
            rate(search.holds_per_s),
            search.fails_per_s.map_or_else(|| text("–"), rate),
            html! { span.num { (ratio(search.resolution)) } },
            text(search.ended_by.name()),
            text(search.probes),
            raw_link(&search.source, "raw"),
        ]
    };
    let rows = one.cells.iter().flat_map(|cell| cell.searches.iter().map(move |search| row(cell, search)));
    let headings = ["Variant", "Block", "Holds at", "Fails at", "Resolution", "Limited by", "Probes", "Raw"];
    table(&headings, rows.collect())
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| rounded(ratio, 2))
}
