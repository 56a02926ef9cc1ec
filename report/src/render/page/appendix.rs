use maud::{Markup, Render, html};

use super::plan::{machine, plan};
use crate::{
    analysis::{Excluded, OrderEntry, SecondCurve},
    format::plain,
    render::{
        svg::{Panel, Strip},
        table::{figure, folded, raw_link, scrolled, table, variant},
        view::View,
    },
};

/// Section 8: what a sceptic asks for.
pub(crate) fn section(view: View<'_>) -> Markup {
    let appendix = &view.analysis.appendix;
    html! {
        section #appendix aria-labelledby="appendix-heading" {
            h2 #appendix-heading { "Appendix" }
            (seconds(view))
            (order(view))
            (machine(view))
            (excluded(&appendix.excluded))
            (plan(view))
            (commands(&appendix.commands))
        }
    }
}

fn excluded(all: &[Excluded]) -> Markup {
    html! {
        h3 #excluded { "Runs that do not count" }
        @if all.is_empty() { p.soft { "None." } }
        @else { ul { @for one in all { li { (raw_link(&one.source, &one.source)) ": " (one.why) } } } }
    }
}

fn commands(all: &[String]) -> Markup {
    html! {
        h3 { "Do it again" }
        p.soft { "The whole comparison first. Once it has built everything, each workload alone: the stand-in for the places service, a server, a load; kill %1 %2 ends what runs behind." }
        pre tabindex="0" role="region" aria-label="Commands" { @for command in all { (command) "\n" } }
    }
}

/// Panels at most.
const MOST_PANELS: usize = 60;

/// The curves of one workload and variant, one for each block.
struct Group<'a> {
    workload: &'a str,
    variant: &'a str,
    curves: Vec<&'a SecondCurve>,
}

/// Replies second by second, small and many.
pub(crate) fn seconds(view: View<'_>) -> Markup {
    let groups = groups(view);
    html! {
        @if !groups.is_empty() {
            h3 { "Replies by second" }
            p.soft { "A thin line for each block; panels of one workload share their axis. A line that climbs is a server that "
                "was not warm." }
            div.panels { @for group in groups.iter().take(MOST_PANELS) { (panel(view, &groups, group)) } }
            @if groups.len() > MOST_PANELS { p.note { (groups.len() - MOST_PANELS) " more panels are not drawn; report.json has them." } }
            (folded("The figures", &scrolled("Replies by second", &second_figures(view, &groups))))
        }
    }
}

/// Races of the project's own variants first, for there is not room for all.
fn groups(view: View<'_>) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    // A line needs two seconds: shorter windows would leave the picture empty.
    for curve in view.analysis.appendix.seconds.iter().filter(|curve| curve.completed.len() > 1) {
        match groups.iter_mut().find(|group| group.workload == curve.workload && group.variant == curve.variant) {
            Some(group) => group.curves.push(curve),
            None => groups.push(Group { workload: &curve.workload, variant: &curve.variant, curves: vec![curve] }),
        }
    }
    groups.sort_by_key(|group| (!view.is_race(group.workload), view.is_rival(group.variant)));
    groups
}

fn panel(view: View<'_>, all: &[Group<'_>], group: &Group<'_>) -> Markup {
    let same = all.iter().filter(|other| other.workload == group.workload);
    let counts = same.flat_map(|other| &other.curves).flat_map(|curve| &curve.completed);
    let panel = Panel {
        title: format!("{}, {}", view.situation(group.workload), view.label(group.variant)),
        colour: view.colour(group.variant),
        blocks: group.curves.iter().map(|curve| curve.completed.clone()).collect(),
        highest: counts.copied().max().unwrap_or(0),
    };
    html! {
        div { p.name { (variant(view, group.variant)) " " span.soft { (view.situation(group.workload)) } } (panel.picture().render()) }
    }
}

fn second_figures(view: View<'_>, groups: &[Group<'_>]) -> Markup {
    let row = |group: &Group<'_>| {
        let blocks = html! { @for curve in &group.curves { div { (counts(curve)) } } };
        vec![html! { (view.situation(group.workload)) }, variant(view, group.variant), blocks]
    };
    let rows = groups.iter().take(MOST_PANELS).map(row);
    table(&["Workload", "Variant", "Block: replies in each second"], rows.collect())
}

fn counts(curve: &SecondCurve) -> Markup {
    let counts: Vec<_> = curve.completed.iter().map(u64::to_string).collect();
    html! { (raw_link(&curve.source, &curve.block.to_string())) ": " (counts.join(" ")) }
}

/// Every run in the order in which it was made.
pub(crate) fn order(view: View<'_>) -> Markup {
    let entries = &view.analysis.appendix.order;
    html! {
        @if !entries.is_empty() {
            h3 #order { "Order of the runs" }
            (figure(&strip(view, entries).picture(), &order_figures(view, entries))) }
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
fn order_figures(view: View<'_>, entries: &[OrderEntry]) -> Markup {
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
            @if let Some(first) = same.first() { strong { (view.situation(&first.workload)) } ": " }
            @for run in same { (raw_link(&run.source, &view.label(&run.variant))) " " }
        }
    }
}

fn blocks(entries: &[OrderEntry]) -> Vec<u32> {
    let blocks: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.block).collect();
    blocks.into_iter().collect()
}
