use maud::{Markup, Render, html};

use super::{
    part::{raw, value, variant},
    rivals::{cell_anchor, has_cell},
};
use crate::{
    analysis::{Row, Standing},
    render::{
        figure::Forest,
        format::{Unit, anchor},
        verdict::{is_void, versus},
        view::View,
    },
};

/// Rows under one heading.
pub(crate) struct RowGroup<'a> {
    pub(crate) name: &'a str,
    pub(crate) about: &'a str,
    pub(crate) rows: Vec<&'a Row>,
}

/// Rows of comparisons with their pictures in them, under an axis of their own.
pub(crate) fn row_table(view: View<'_>, group: &RowGroup<'_>) -> Markup {
    let forest = Forest::new(view, &group.rows).shared(anchor(&format!("forest {}", group.name)));
    html! {
        table.rows {
            caption { strong { (group.name) } " " span.soft { (group.about) } }
            thead {
                tr {
                    th scope="col" { "What is compared, a / b" }
                    th.picture scope="col" { span.hidden { "Ratio a/b" } (forest.axis()) (forest.backdrop()) }
                    th scope="col" { "Verdict" }
                    th scope="col" { "Value of a" }
                    th scope="col" { "Value of b" }
                    th scope="col" { "Raw" }
                }
            }
            tbody { @for row in &group.rows { (line(view, &forest, row)) } }
        }
    }
}

fn line(view: View<'_>, forest: &Forest<'_>, row: &Row) -> Markup {
    let unit = Unit::of(row.metric);
    let class = if row.standing == Standing::Primary { "primary" } else { "other" };
    html! {
        tr id=(anchor(&row.id)) class=(class) {
            th scope="row" { (what(view, row)) }
            td.picture { (forest.row(row).render()) }
            td { (row.words) @if !row.notes.is_empty() { " " span.note { (row.notes.join("; ")) } } }
            @for (name, estimate) in [&row.a, &row.b].into_iter().zip(&row.values) {
                td.value data-of=(view.label(name)) { (value(estimate.as_ref(), unit, "")) }
            }
            td {
                @if row.standing == Standing::Primary { (listed(view, row)) } @else { (referred(view, row)) }
            }
        }
    }
}

fn what(view: View<'_>, row: &Row) -> Markup {
    let situation = view.situation(&row.workload);
    html! {
        @if is_void(row) { s.workload { (situation) } } @else { span.workload { (situation) } }
        div {
            (row.metric.title())
            @if situation != row.workload { " " span.soft { "(" (row.workload) ")" } }
        }
        div {
            @if row.standing == Standing::Primary { (variant(view, &row.a)) " / " (variant(view, &row.b)) }
            @else { (versus(view, row)) }
        }
    }
}

fn listed(view: View<'_>, row: &Row) -> Markup {
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

/// Links to the variants' lines in the table of all figures, which links the raw files: a list in every row would be
/// most of the page.
fn referred(view: View<'_>, row: &Row) -> Markup {
    let names = [&row.a, &row.b];
    html! {
        @if names.iter().all(|name| has_cell(view, &row.workload, name)) {
            @for name in names { a href={ "#" (cell_anchor(&row.workload, name)) } { (view.label(name)) } " " }
        } @else {
            (listed(view, row))
        }
    }
}
