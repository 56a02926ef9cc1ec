use maud::{Markup, Render, html};

use super::costs::{cell_anchor, has_cell};
use crate::{
    analysis::{Row, Standing},
    plan::Metric,
    render::{
        BOX_BOUND,
        svg::{Forest, is_drawn},
        table::{raw, value, variant},
        text::anchor,
        view::{View, Winner, is_void, versus, winner},
    },
};

/// Section 3: every comparison of the project's own variants, and the primary ones of all. What was not named before
/// the run is folded, as far as there is anything else.
pub(crate) fn section(view: View<'_>) -> Markup {
    let [primary, others @ ..] = groups(view);
    html! {
        section #verdicts aria-labelledby="verdicts-heading" {
            h2 #verdicts-heading { "Verdicts" }
            @if !view.analysis.rows.is_empty() {
                (legend())
                @if primary.rows.is_empty() { p.soft { "This plan names no primary rows." } }
                @else { (row_table(view, &primary)) }
                @for group in others.iter().filter(|group| !group.rows.is_empty()) {
                    details open=[primary.rows.is_empty().then_some("open")] {
                        summary { (group.name) ": " (group.rows.len()) " rows" }
                        (row_table(view, group))
                    }
                }
            }
        }
    }
}

/// The rows by how much they count; the tail stands apart, for its ratios are so wide that no others show beside them.
fn groups(view: View<'_>) -> [RowGroup<'_>; 4] {
    let (tail, body) =
        view.own_rows(Standing::Exploratory).into_iter().partition(|row| row.metric == Metric::LatencyP99);
    [
        RowGroup {
            name: "Primary",
            about: "named before the run; their level is shared out, so that all hold at once",
            rows: view.own_rows(Standing::Primary),
        },
        RowGroup { name: "Exploratory", about: "intervals alone: among many, some mislead", rows: body },
        RowGroup { name: "Exploratory, p99", about: "shown, but nothing is decided by it", rows: tail },
        RowGroup {
            name: "A/A controls",
            about: "the same variant twice: the noise floor",
            rows: view.own_rows(Standing::Control),
        },
    ]
}

/// How to read the pictures in the rows.
pub(crate) fn legend() -> Markup {
    html! {
        p.soft {
            "Each picture is a/b on a log axis, and the names above it say who is better on which side. Faint dots are pairs of "
            "blocks, the bar is the interval, the mark is the estimate in colour and shape of the variant that it speaks for "
            "(grey: neither); the shaded band around 1 holds differences that do not matter. "
            (BOX_BOUND)
        }
    }
}

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
    let unit = row.metric.unit();
    let class = if winner(row) == Winner::Neither { "other" } else { "shown" };
    html! {
        tr id=(anchor(&row.id)) class=(class) {
            th scope="row" { (what(view, row)) }
            td.picture { @if is_drawn(row) { (forest.row(row).render()) } }
            td { (row.words)
                @if let Some(why) = &row.contradiction { " " strong { "Contradicted: " (why) "." } }
                @if !row.notes.is_empty() { " " span.note { (row.notes.join("; ")) } } }
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
            @if situation != row.workload && !view.is_of_grid(&row.workload) { " " span.soft { "(" (row.workload) ")" } }
        }
        div {
            @if row.standing == Standing::Primary { (variant(view, &row.a)) " / " (variant(view, &row.b)) }
            @else { (versus(view, row)) }
        }
        div.soft { "differs: " (row.differs) }
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
