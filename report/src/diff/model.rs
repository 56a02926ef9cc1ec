use serde::{Deserialize, Serialize};

use crate::{
    analysis::{Estimate, Interval, Standing},
    plan::Metric,
};

/// The schema of `report diff --json`.
pub const FORMAT: &str = "herd-diff/1";

/// What changed from one run directory to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// [`FORMAT`].
    pub format: String,
    /// Commits of the two, the earlier one first.
    pub commits: [Option<String>; 2],
    /// Why the two should not be compared; empty where nothing speaks against it.
    pub incomparable: Vec<String>,
    /// Rows that decide first, else in the order of the plan.
    pub rows: Vec<DiffRow>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// One variant in one workload by one metric, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffRow {
    /// The workload's name.
    pub workload: String,
    /// What is compared.
    pub metric: Metric,
    /// The variant's name.
    pub variant: String,
    /// Primary where a primary row of the plan names the variant, its workload and metric; else exploratory.
    pub standing: Standing,
    /// Values before and after; none where there is none.
    pub values: [Option<Estimate>; 2],
    /// After over before: the median of all ratios of a block of each; none where failed requests leave it open.
    pub ratio: Option<f64>,
    /// By the exact Mann-Whitney test; none where the blocks are too few.
    pub interval: Option<Interval>,
    /// Two-sided p of no change; none with ties, or with failed requests that decide.
    pub p: Option<f64>,
    /// Relative difference that matters.
    pub margin: f64,
    /// What follows.
    pub change: Change,
    /// The same in words.
    pub words: String,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Worse, by an interval wholly beyond the margin: this fails a gate.
    Regressed,
    /// Better, likewise.
    Improved,
    /// Worse, by an interval that reaches into the margin.
    Worse,
    /// Better, likewise.
    Better,
    /// The interval at twice the alpha lies within the margin.
    Equivalent,
    /// None of these.
    NotShown,
    /// Too few blocks.
    Screening,
    /// An exploratory row: its interval, and no verdict.
    IntervalOnly,
    /// A limit was reached that was not reached before: this fails a gate too, where the row decides.
    NewLimit,
    /// A limit was reached before, or in both.
    Limit,
    /// There are values before and none after: this fails a gate too, where the row decides.
    Vanished,
    /// There is no value before, or too few to compare.
    NotMeasured,
}

impl Diff {
    /// Whether a row that decides has become worse beyond its margin, reaches a limit that it did not reach, or has no value
    /// any more.
    #[must_use]
    pub fn has_regression(&self) -> bool {
        self.rows.iter().any(DiffRow::is_regression)
    }
}

impl DiffRow {
    /// Whether it fails a gate.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        let is_worse = match self.change {
            Change::Regressed | Change::NewLimit | Change::Vanished => true,
            Change::Improved
            | Change::Worse
            | Change::Better
            | Change::Equivalent
            | Change::NotShown
            | Change::Screening
            | Change::IntervalOnly
            | Change::Limit
            | Change::NotMeasured => false,
        };
        is_worse && self.standing == Standing::Primary
    }
}
