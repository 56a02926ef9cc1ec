use std::path::PathBuf;

use crate::plan::Plan;

/// What is compared, and where its runs go.
#[derive(Clone, Debug)]
pub struct Options {
    /// The plan; `None` to go on with the comparison that is in `out`.
    pub plan: Option<Plan>,
    /// Where the project's variant files are.
    pub variants: PathBuf,
    /// Further variant files; the plan names their variants.
    pub files: Vec<PathBuf>,
    /// The run directory.
    pub out: PathBuf,
    /// Whether variants are built first.
    pub builds: Builds,
    /// What is made of a machine that is busy.
    pub strictness: Strictness,
    /// The command line, for the record.
    pub command: Vec<String>,
}

/// Whether variants are built first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builds {
    /// They are.
    Fresh,
    /// They are taken as they are.
    AsTheyAre,
}

/// What is made of a machine that is busy or short of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// It is told, and the comparison goes on.
    Warn,
    /// The comparison is refused.
    Refuse,
}
