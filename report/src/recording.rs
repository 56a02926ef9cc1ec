//! A recording: the plans that were run on one machine at one commit, whose directories stand beside each other.
//!
//! Invariant: what is said of a directory depends on it and on those beside it alone.

use std::path::{Path, PathBuf};

use crate::{
    analysis::{Analysis, analyse_contents},
    claims::{JudgedClaim, claims, judge},
    results::{Contents, Damaged, Manifest, RecordError, RunDirectory},
};

/// What a run directory says, and what the other plans of its recording decide besides; and its damaged files.
///
/// The directories of a recording bear the names of their plans.
pub fn analyse_recording(directory: &Path) -> Result<(Analysis, Vec<Damaged>), RecordError> {
    let contents = RunDirectory::open(directory)?.contents()?;
    let mut analysis = analyse_contents(&contents);
    let mut recording = vec![];
    for other in beside(directory, &contents.manifest) {
        // One that cannot be read decides nothing here, and says why where it is rendered itself.
        let Ok(other) = RunDirectory::open(&other).and_then(|other| other.contents()) else { continue };
        if is_of_same_recording(&contents, &other) {
            analysis.answer.join(&analyse_contents(&other).answer);
            recording.push(other);
        }
    }
    let all: Vec<&Contents> = [&contents].into_iter().chain(&recording).collect();
    analysis.claims = judged(&contents.manifest, &all);
    Ok((analysis, contents.damaged))
}

/// What a recording says of the claims that a plan tests.
fn judged(manifest: &Manifest, recording: &[&Contents]) -> Vec<JudgedClaim> {
    // The project's own claim files are sound, which a test sees to.
    let mut claims = claims().unwrap_or_default();
    claims.retain(|claim| manifest.plan.claims.contains(&claim.number));
    judge(&claims, recording)
}

/// Directories beside one that bears its plan's name, in the order of their names.
fn beside(directory: &Path, manifest: &Manifest) -> Vec<PathBuf> {
    let Ok(directory) = directory.canonicalize() else { return Vec::new() };
    let is_named = directory.file_name().is_some_and(|name| *name == *manifest.plan.name);
    let all = directory.parent().filter(|_| is_named).and_then(|parent| parent.read_dir().ok());
    let paths = all.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut others: Vec<_> = paths.filter(|path| *path != directory && path.is_dir()).collect();
    others.sort();
    others
}

fn is_of_same_recording(one: &Contents, other: &Contents) -> bool {
    let (one, other) = (&one.manifest, &other.manifest);
    let is_same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    is_same(&one.commit, &other.commit)
        && one.machine.processor == other.machine.processor
        && one.machine.processors == other.machine.processors
        && one.plan.name != other.plan.name
}
