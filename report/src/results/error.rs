use std::{io, path::PathBuf};

/// Why a run directory cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is a comparison in it already.
    #[error("{0} holds a comparison already; go on with it by --resume --out {0}, or name another directory")]
    Taken(PathBuf),
    /// There is none in it.
    #[error("{0} holds no comparison: there is no manifest.json in it")]
    NoComparison(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {file}: {cause}; what was measured so far is kept: make room there, then go on by --resume")]
    Unwritable {
        /// Its path.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {file}: {cause}")]
    Unreadable {
        /// Its path.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file is not what it should be, such as one that was cut off.
    #[error("{file} is damaged: {why}")]
    Damaged {
        /// Its path.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A file was written by an earlier version of this program.
    #[error(
        "{file} is of the older format {found}, and this program reads {known}: read it with the version that wrote it, or \
         measure anew"
    )]
    Older {
        /// Its path.
        file: PathBuf,
        /// Its format.
        found: String,
        /// The format that is known.
        known: String,
    },
    /// A file was written by a later version of this program.
    #[error("{file} is of the format {found}, and this program knows {known}: use the version that wrote it")]
    Newer {
        /// Its path.
        file: PathBuf,
        /// Its format.
        found: String,
        /// The format that is known.
        known: String,
    },
}
