use maud::{Markup, Render, html};

use super::part::{folded, not_measured, raw_link, scrolled, table, variant};
use crate::{
    analysis::SecondCurve,
    render::{figure::Panel, view::View},
};

/// Panels at most.
const MOST: usize = 60;

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
        h3 { "Replies by second" }
        @if groups.is_empty() { (not_measured("A curve by second", "plans with windows of several seconds have them.")) }
        @else {
            p.soft { "A thin line for each block; panels of one workload share their axis. A line that climbs is a server that "
                "was not warm." }
            div.panels { @for group in groups.iter().take(MOST) { (panel(view, &groups, group)) } }
            @if groups.len() > MOST { p.note { (groups.len() - MOST) " more panels are not drawn; report.json has them." } }
            (folded("The figures", &scrolled("Replies by second", &figures(view, &groups))))
        }
    }
}

/// Races of the project's own variants first, for there is not room for all.
fn groups(view: View<'_>) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for curve in &view.analysis.appendix.seconds {
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
        title: format!("{}, {}", group.workload, view.label(group.variant)),
        colour: view.colour(group.variant),
        blocks: group.curves.iter().map(|curve| curve.completed.clone()).collect(),
        highest: counts.copied().max().unwrap_or(0),
    };
    html! {
        div { p.name { (variant(view, group.variant)) " " span.soft { (group.workload) } } (panel.picture().render()) }
    }
}

fn figures(view: View<'_>, groups: &[Group<'_>]) -> Markup {
    let row = |group: &Group<'_>| {
        let blocks = html! { @for curve in &group.curves { div { (counts(curve)) } } };
        vec![html! { (group.workload) }, variant(view, group.variant), blocks]
    };
    let rows = groups.iter().take(MOST).map(row);
    table(&["Workload", "Variant", "Block: replies in each second"], rows.collect())
}

fn counts(curve: &SecondCurve) -> Markup {
    let counts: Vec<_> = curve.completed.iter().map(u64::to_string).collect();
    html! { (raw_link(&curve.source, &curve.block.to_string())) ": " (counts.join(" ")) }
}
