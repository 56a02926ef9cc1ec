use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

use super::super::Context;

/// Folders of the project that no server is built from.
const LEFT_OUT: [&str; 3] = ["target", "journal", "report/results"];

/// A copy of the project, in which patches are applied and taken back.
pub(super) struct Workshop {
    project: PathBuf,
    /// The copy.
    pub(super) root: PathBuf,
    /// Where the copy is built.
    pub(super) built: PathBuf,
}

/// A patch that is applied; dropped, it is taken back.
pub(super) struct Applied<'a> {
    workshop: &'a Workshop,
    files: Vec<PathBuf>,
}

impl Workshop {
    /// Copies the project, or what has changed since it was copied last.
    pub(super) fn open(context: &Context<'_>) -> anyhow::Result<Self> {
        let project = context.project.canonicalize()?;
        let (root, built) = (context.folder("faults/copy")?, context.folder("faults/built")?);
        copy(&project, &root, &LEFT_OUT.map(|folder| project.join(folder))).context("the project cannot be copied")?;
        Ok(Self { project, root, built })
    }

    /// Applies a patch. It still fits where its surroundings have moved or changed a little.
    pub(super) fn apply(&self, patch: &Path) -> anyhow::Result<Applied<'_>> {
        let text = fs::read_to_string(patch).with_context(|| patch.display().to_string())?;
        let files: Vec<PathBuf> =
            text.lines().filter_map(|line| line.strip_prefix("+++ b/")).map(PathBuf::from).collect();
        ensure!(!files.is_empty(), "{} changes no file", patch.display());
        let applied = Applied { workshop: self, files };
        let mut git = Command::new("git");
        git.args(["apply", "-C1"]).arg(patch.canonicalize()?).current_dir(&self.root);
        // The copy lies in the project, whose repository is none of its business.
        let output =
            git.env("GIT_CEILING_DIRECTORIES", self.root.canonicalize()?.parent().unwrap_or(&self.root)).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{} does not apply: {said}", patch.display());
        Ok(applied)
    }
}

impl Drop for Applied<'_> {
    fn drop(&mut self) {
        for file in &self.files {
            // What is not taken back is told by the next patch, which then does not apply, and is copied again.
            let _ = fs::copy(self.workshop.project.join(file), self.workshop.root.join(file));
        }
    }
}

/// Copies what differs, so that what is the same is not built again.
fn copy(from: &Path, to: &Path, left_out: &[PathBuf]) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if is_hidden || left_out.contains(&source) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&source, &target, left_out)?;
        } else if fs::read(&source)? != fs::read(&target).unwrap_or_default() {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}
