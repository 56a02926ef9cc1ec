use crate::{
    analysis::{Analysis, Row, Standing, VariantEntry},
    plan::{Role, Workload},
};

use super::format::shortened;

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

    /// What a workload is in words: its situation, else its name.
    pub(crate) fn situation(self, workload: &str) -> String {
        let situation = self.workload(workload).and_then(|workload| workload.situation.as_deref());
        shortened(situation.unwrap_or(workload), 60)
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
