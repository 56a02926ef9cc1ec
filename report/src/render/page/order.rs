use maud::{Markup, html};

use super::part::{figure, not_measured, raw_link, table};
use crate::{
    analysis::OrderEntry,
    render::{figure::Strip, format::plain, view::View},
};

/// Every run in the order in which it was made.
pub(crate) fn order(view: View<'_>) -> Markup {
    let entries = &view.analysis.appendix.order;
    html! {
        h3 #order { "Order of the runs" }
        @if entries.is_empty() { (not_measured("The order of runs", "every plan keeps it.")) }
        @else { (figure(&strip(view, entries).picture(), &figures(view, entries))) }
    }
}

fn strip(view: View<'_>, entries: &[OrderEntry]) -> Strip {
    let row = |name: &str| {
        let starts = entries.iter().filter(|entry| entry.variant == name).map(|entry| entry.at_s / 60.0);
        (view.colour(name), view.label(name), starts.collect())
    };
    let block = |block: u32| {
        let starts = entries.iter().filter(|entry| entry.block == block).map(|entry| entry.at_s / 60.0);
        (block, starts.fold(f64::INFINITY, f64::min))
    };
    let variants = view.analysis.variants.iter().filter(|entry| entries.iter().any(|run| run.variant == entry.name));
    Strip {
        rows: variants.map(|entry| row(&entry.name)).collect(),
        blocks: blocks(entries).into_iter().map(block).collect(),
    }
}

/// A row for each block: its runs, each a link to its raw file.
fn figures(view: View<'_>, entries: &[OrderEntry]) -> Markup {
    let row = |block: u32| {
        let runs: Vec<_> = entries.iter().filter(|entry| entry.block == block).collect();
        let start = runs.first().map_or(0.0, |entry| (entry.at_s / 6.0).round() / 10.0);
        vec![html! { (block) }, html! { span.num { (plain(start)) } }, html! { (links(view, &runs)) }]
    };
    table(&["Block", "Began, min", "Runs"], blocks(entries).into_iter().map(row).collect())
}

fn links(view: View<'_>, runs: &[&OrderEntry]) -> Markup {
    html! {
        @for same in runs.chunk_by(|a, b| a.workload == b.workload) {
            @if let Some(first) = same.first() { strong { (first.workload) } ": " }
            @for run in same { (raw_link(&run.source, &view.label(&run.variant))) " " }
        }
    }
}

fn blocks(entries: &[OrderEntry]) -> Vec<u32> {
    let blocks: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.block).collect();
    blocks.into_iter().collect()
}
