use super::text::shortened;
use crate::{
    analysis::{Analysis, EndedBy, Outcome, Row, SearchEntry, Standing, VariantEntry, phrase},
    format::percent,
    plan::{Better, Role, Workload},
};

/// Longest name in a picture or a column, in characters.
const LONGEST_LABEL: usize = 18;
/// The same where nothing is drawn, and lines may be long.
const LONGEST_NAME: usize = 40;

/// An analysis with what its pages look up in it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) analysis: &'a Analysis,
}

impl<'a> View<'a> {
    /// A variant's entry; none for a name that the analysis does not list.
    pub(crate) fn entry(self, variant: &str) -> Option<&'a VariantEntry> {
        self.analysis.variants.iter().find(|entry| entry.name == variant)
    }

    /// A variant's short name.
    pub(crate) fn label(self, variant: &str) -> String {
        shortened(self.known_as(variant), LONGEST_LABEL)
    }

    /// A variant's short name where there is room for it.
    pub(crate) fn name(self, variant: &str) -> String {
        shortened(self.known_as(variant), LONGEST_NAME)
    }

    fn known_as<'v>(self, variant: &'v str) -> &'v str
    where
        'a: 'v,
    {
        let label = self.entry(variant).map(|entry| entry.label.as_str()).filter(|label| !label.is_empty());
        label.unwrap_or(variant)
    }

    /// The index of a variant's colour and mark.
    pub(crate) fn colour(self, variant: &str) -> u32 {
        self.entry(variant).map_or(0, |entry| entry.colour)
    }

    /// Whether a variant is a rival; one that is not listed is none.
    pub(crate) fn is_rival(self, variant: &str) -> bool {
        self.entry(variant).is_some_and(|entry| entry.is_rival)
    }

    /// The row of this id.
    pub(crate) fn row(self, id: &str) -> Option<&'a Row> {
        self.analysis.rows.iter().find(|row| row.id == id)
    }

    /// The plan's workload of this name.
    pub(crate) fn workload(self, name: &str) -> Option<&'a Workload> {
        self.analysis.manifest.plan.workload.iter().find(|workload| workload.name == name)
    }

    /// What a workload is in words: its situation; the load, where it is a cell of a grid; else its name.
    pub(crate) fn situation(self, workload: &str) -> String {
        match self.workload(workload) {
            Some(Workload { situation: Some(situation), .. }) => shortened(situation, 60),
            Some(cell) if matches!(cell.role, Role::Map | Role::Rate) => shortened(&phrase(cell), 80),
            Some(_) | None => shortened(workload, 60),
        }
    }

    /// Whether a workload's name was made up by a grid of the plan, and tells people nothing.
    pub(crate) fn is_of_grid(self, workload: &str) -> bool {
        self.workload(workload).is_some_and(|workload| matches!(workload.role, Role::Map | Role::Rate))
    }

    /// Whether a workload is for the tables: a race, or one that the plan does not know.
    pub(crate) fn is_race(self, workload: &str) -> bool {
        self.workload(workload).is_none_or(|workload| workload.role == Role::Race)
    }

    /// Rows of the verdict table with this standing: all primary ones, and others without a rival.
    pub(crate) fn own_rows(self, standing: Standing) -> Vec<&'a Row> {
        let is_own = |row: &&Row| row.standing == standing && (standing == Standing::Primary || !self.has_rival(row));
        self.analysis.rows.iter().filter(is_own).collect()
    }

    /// Rows for the rivals' section: all others.
    pub(crate) fn rival_rows(self) -> Vec<&'a Row> {
        let is_theirs = |row: &&Row| row.standing != Standing::Primary && self.has_rival(row);
        self.analysis.rows.iter().filter(is_theirs).collect()
    }

    fn has_rival(self, row: &Row) -> bool {
        self.is_rival(&row.a) || self.is_rival(&row.b)
    }
}

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

/// Whether a row's figures say nothing: its control differs, or there are none.
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

/// Whether the two values lie the other way round than their ratio: medians over blocks need not follow that of pairs.
pub(crate) fn is_opposed(row: &Row) -> bool {
    let [Some(a), Some(b)] = &row.values else { return false };
    row.ratio.is_some_and(|ratio| (a.median - b.median) * (ratio - 1.0) < 0.0)
}

/// The verdict in few words, without figures.
pub(crate) fn short(view: View<'_>, row: &Row) -> String {
    match row.outcome {
        Outcome::Void => "void: the A/A control differs".to_owned(),
        Outcome::NotRun => "not run".to_owned(),
        Outcome::Limit => "a limit was reached".to_owned(),
        Outcome::Screening => "too few blocks for a verdict".to_owned(),
        Outcome::ABetter => format!("{} better", view.label(&row.a)),
        Outcome::BBetter => format!("{} better", view.label(&row.b)),
        Outcome::Equivalent => format!("equivalent within {}", percent(row.margin)),
        Outcome::ALeads => format!("{} ahead, perhaps under {}", view.label(&row.a), percent(row.margin)),
        Outcome::BLeads => format!("{} ahead, perhaps under {}", view.label(&row.b), percent(row.margin)),
        Outcome::NotShown => "no difference shown".to_owned(),
        Outcome::IntervalOnly => "exploratory: an interval alone".to_owned(),
    }
}

/// What searches ended by: "full machine in 17 of 20, generator in 3".
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
