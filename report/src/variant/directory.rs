use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Variant, VariantError, file::SUFFIX};

/// The paths of all variant files of a directory, in the order of their names.
pub fn in_directory(directory: &Path) -> Result<Vec<PathBuf>, VariantError> {
    let unreadable = |cause| VariantError::Unreadable { file: directory.display().to_string(), cause };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.to_string_lossy().ends_with(SUFFIX) {
            files.push(path);
        }
    }
    // Without the suffix, so that a name stands before the names that go on from it.
    files.sort_by_key(|path| path.to_string_lossy().trim_end_matches(SUFFIX).to_owned());
    Ok(files)
}

/// All variants of a directory, in the order of their names.
pub fn variants_in(directory: &Path) -> Result<Vec<Variant>, VariantError> {
    in_directory(directory)?.iter().map(|path| Variant::read(path)).collect()
}
