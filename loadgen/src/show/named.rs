use std::path::Path;

use crate::{
    format::Unit,
    page::shortened,
    result::{Latency, PaceName, Quantile, RunResult},
};

/// Longest name in a picture or a column, in characters.
const LONGEST: usize = 18;

/// A result, and what it is called beside others.
#[derive(Clone, Debug)]
pub struct NamedRun {
    /// Its name.
    pub name: String,
    /// What was measured.
    pub result: RunResult,
}

impl NamedRun {
    /// A result that is named for its file; `paths` are all that are shown beside it.
    pub(super) fn of(path: &Path, paths: &[impl AsRef<Path>], result: RunResult) -> Self {
        let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let own = stem(path);
        let is_alone = paths.iter().filter(|other| stem(other.as_ref()) == own).count() == 1;
        let name = own.filter(|_| is_alone).unwrap_or_else(|| path.display().to_string());
        Self { name, result }
    }

    pub(super) fn label(&self) -> String {
        shortened(&self.name, LONGEST)
    }

    pub(super) fn is_open(&self) -> bool {
        self.result.plan.pace == PaceName::Open
    }

    pub(super) fn latency(&self) -> &Latency {
        &self.result.latency.from_intended
    }
}

/// A percentile for people.
pub(super) fn quantile(quantile: Quantile) -> String {
    match quantile {
        Quantile::Exactly(us) => Unit::Us.value(us),
        Quantile::AtLeast(us) => format!("≥ {}", Unit::Us.value(us)),
        Quantile::TooFew => "too few".to_owned(),
    }
}
