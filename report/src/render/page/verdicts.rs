use maud::{Markup, html};

use super::{
    part::not_measured,
    row_table::{RowGroup, row_table},
};
use crate::{analysis::Standing, render::view::View};

/// How each kind of row is headed, in the order of the table.
const GROUPS: [(Standing, &str, &str); 3] = [
    (Standing::Primary, "Primary", "named before the run; their levels are shared out, so all of them hold at once"),
    (Standing::Exploratory, "Exploratory", "intervals alone, each at its own level: among many, some mislead"),
    (Standing::Twin, "Twins", "the same variant twice: the noise floor"),
];

/// Section 3: every comparison of the project's own variants, and the primary ones of all.
pub(crate) fn section(view: View<'_>) -> Markup {
    let group = |(standing, name, about)| RowGroup { name, about, rows: view.own_rows(standing) };
    let groups = GROUPS.map(group);
    html! {
        section #verdicts aria-labelledby="verdicts-heading" {
            h2 #verdicts-heading { "Verdicts" }
            @if groups.iter().all(|group| group.rows.is_empty()) {
                (not_measured("A comparison", "the plans quick, standard and full have them."))
            } @else {
                (legend())
                (row_table(view, "Verdicts", &groups))
            }
        }
    }
}

/// How to read the pictures in the rows.
pub(crate) fn legend() -> Markup {
    html! {
        p.soft {
            "Each picture is a/b on a log axis: faint dots are the blocks' pairs, the bar is the interval, the mark is the "
            "estimate and has the colour and shape of the variant that it speaks for (grey: neither). The shaded band around 1 "
            "holds differences that do not matter. The names above each picture say on which side who is better."
        }
    }
}
