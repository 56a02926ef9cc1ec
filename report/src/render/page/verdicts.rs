use maud::{Markup, html};

use super::{
    part::not_measured,
    row_table::{RowGroup, row_table},
};
use crate::{
    analysis::Standing,
    plan::Metric,
    render::{BOX_BOUND, view::View},
};

/// Section 3: every comparison of the project's own variants, and the primary ones of all. What was not named before
/// the run is folded, as far as there is anything else.
pub(crate) fn section(view: View<'_>) -> Markup {
    let [primary, others @ ..] = groups(view);
    html! {
        section #verdicts aria-labelledby="verdicts-heading" {
            h2 #verdicts-heading { "Verdicts" }
            @if view.analysis.rows.is_empty() {
                (not_measured("A comparison", "the plans quick, standard and full have them."))
            } @else {
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
            name: "Twins",
            about: "the same variant twice: the noise floor",
            rows: view.own_rows(Standing::Twin),
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
