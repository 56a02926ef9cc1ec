use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where servers write journals while they are measured: a folder of the run directory that does not outlive a block, so
/// that what it holds seldom reaches the disk and no later run pays for it.
pub(super) struct Journals(PathBuf);

impl Journals {
    /// The folder, empty.
    pub(super) fn below(run_directory: &Path) -> io::Result<Self> {
        let journals = Self(std::path::absolute(run_directory)?.join(".journals"));
        journals.clear();
        Ok(journals)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Throws all journals away. Their servers must have ended.
    pub(super) fn clear(&self) {
        // There is none where no variant keeps a journal.
        let _is_gone = fs::remove_dir_all(&self.0);
    }
}

impl Drop for Journals {
    fn drop(&mut self) {
        self.clear();
    }
}
