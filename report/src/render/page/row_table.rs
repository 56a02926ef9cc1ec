use maud::{Markup, Render, html};

use super::part::{raw, value, variant};
use crate::{
    analysis::{Row, Standing},
    render::{
        figure::Forest,
        format::{Unit, anchor},
        verdict::is_void,
        view::View,
    },
};

/// Rows under one heading.
pub(crate) struct RowGroup<'a> {
    pub(crate) name: &'a str,
    pub(crate) about: &'a str,
    pub(crate) rows: Vec<&'a Row>,
}

/// Rows of comparisons with their pictures in them; every group shows the axis anew.
pub(crate) fn row_table(view: View<'_>, caption: &str, groups: &[RowGroup<'_>]) -> Markup {
    let all: Vec<_> = groups.iter().flat_map(|group| &group.rows).copied().collect();
    let forest = Forest::new(view, &all);
    html! {
        table.rows {
            caption.hidden { (caption) }
            thead.wide {
                tr {
                    th scope="col" { "What is compared" }
                    th scope="col" { "Ratio a/b: left of 1 favours the left name" }
                    th scope="col" { "Verdict" }
                    th scope="col" { "Value of a" }
                    th scope="col" { "Value of b" }
                    th scope="col" { "Raw" }
                }
            }
            @for group in groups.iter().filter(|group| !group.rows.is_empty()) {
                (body(view, &forest, group))
            }
        }
    }
}

fn body(view: View<'_>, forest: &Forest<'_>, group: &RowGroup<'_>) -> Markup {
    html! {
        tbody {
            tr.group {
                th scope="rowgroup" { (group.name) }
                td.picture { (forest.axis()) }
                td colspan="4" { (group.about) }
            }
            @for row in &group.rows { (line(view, forest, row)) }
        }
    }
}

fn line(view: View<'_>, forest: &Forest<'_>, row: &Row) -> Markup {
    let unit = Unit::of(row.metric);
    let class = if row.standing == Standing::Primary { "primary" } else { "other" };
    html! {
        tr id=(anchor(&row.id)) class=(class) {
            th scope="row" {
                @if is_void(row) { s { (what(view, row)) } } @else { (what(view, row)) }
            }
            td.picture { (forest.row(row).render()) }
            td { (row.words) @for note in &row.notes { " " span.note { (note) } } }
            @for (name, estimate) in [&row.a, &row.b].into_iter().zip(&row.values) {
                td.value { span.only-narrow { (variant(view, name)) " " } (value(estimate.as_ref(), unit, "")) }
            }
            td { (sources(view, row)) }
        }
    }
}

fn what(view: View<'_>, row: &Row) -> Markup {
    html! {
        span.workload { (row.workload) } " " (row.metric.title())
        span.versus { (variant(view, &row.a)) " / " (variant(view, &row.b)) }
    }
}

fn sources(view: View<'_>, row: &Row) -> Markup {
    let both = [&row.a, &row.b].into_iter().zip(&row.values);
    let known: Vec<_> = both.filter_map(|(name, value)| Some((name, value.as_ref()?))).collect();
    html! {
        @if !known.is_empty() {
            details.sources {
                summary { "raw" }
                @for (name, value) in known { div { (view.label(name)) ": " (raw(&value.sources)) } }
            }
        }
    }
}
