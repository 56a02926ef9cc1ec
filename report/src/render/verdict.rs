use crate::{
    analysis::{EndedBy, Outcome, Row, SearchEntry},
    plan::Better,
};

use super::{format::share, view::View};

/// Which variant a verdict speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Winner {
    /// `Row::a`.
    A,
    /// `Row::b`.
    B,
    /// Neither.
    Neither,
}

/// Which variant a row's verdict speaks for.
pub(crate) fn winner(row: &Row) -> Winner {
    match row.outcome {
        Outcome::ABetter | Outcome::ALeads => Winner::A,
        Outcome::BBetter | Outcome::BLeads => Winner::B,
        Outcome::Void
        | Outcome::NotRun
        | Outcome::Limit
        | Outcome::Screening
        | Outcome::Equivalent
        | Outcome::NotShown
        | Outcome::IntervalOnly => Winner::Neither,
    }
}

/// Whether a row's figures say nothing: its twins differ, or there are none.
pub(crate) fn is_void(row: &Row) -> bool {
    match row.outcome {
        Outcome::Void | Outcome::NotRun | Outcome::Limit => true,
        Outcome::Screening
        | Outcome::ABetter
        | Outcome::BBetter
        | Outcome::Equivalent
        | Outcome::ALeads
        | Outcome::BLeads
        | Outcome::NotShown
        | Outcome::IntervalOnly => false,
    }
}

/// The verdict in few words, without figures.
pub(crate) fn short(view: View<'_>, row: &Row) -> String {
    match row.outcome {
        Outcome::Void => "void: the twins differ".to_owned(),
        Outcome::NotRun => "not run".to_owned(),
        Outcome::Limit => "a limit was reached".to_owned(),
        Outcome::Screening => "too few blocks for a verdict".to_owned(),
        Outcome::ABetter => format!("{} better", view.label(&row.a)),
        Outcome::BBetter => format!("{} better", view.label(&row.b)),
        Outcome::Equivalent => format!("equivalent within {}", share(row.margin)),
        Outcome::ALeads => format!("{} ahead, perhaps under {}", view.label(&row.a), share(row.margin)),
        Outcome::BLeads => format!("{} ahead, perhaps under {}", view.label(&row.b), share(row.margin)),
        Outcome::NotShown => "no difference shown".to_owned(),
        Outcome::IntervalOnly => "exploratory: an interval alone".to_owned(),
    }
}

/// What searches ended by: "box in 17 of 20, generator in 3".
pub(crate) fn ended_by(searches: &[SearchEntry]) -> String {
    let count = |by: EndedBy| searches.iter().filter(|one| one.ended_by == by).count();
    let told = EndedBy::ALL.into_iter().filter(|by| count(*by) > 0).map(|by| format!("{} in {}", by.name(), count(by)));
    let told: Vec<_> = told.collect();
    if told.is_empty() { "–".to_owned() } else { format!("{} of {}", told.join(", "), searches.len()) }
}

/// The names of who is better left of 1 and right of 1.
pub(crate) fn sides(view: View<'_>, row: &Row) -> [String; 2] {
    let (a, b) = (view.label(&row.a), view.label(&row.b));
    match row.metric.better() {
        Better::More => [b, a],
        Better::Less => [a, b],
    }
}

/// What is compared: "tasks / threads".
pub(crate) fn versus(view: View<'_>, row: &Row) -> String {
    format!("{} / {}", view.label(&row.a), view.label(&row.b))
}
