use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{End, Manifest, RecordError, Run, ServerRun};

const MANIFEST: &str = "manifest.json";
const END: &str = "end.json";
const BLOCKS: &str = "blocks";

/// A run directory.
#[derive(Clone, Debug)]
pub struct RunDirectory {
    root: PathBuf,
}

/// What is found where a run should be.
#[derive(Debug)]
pub enum Found {
    /// The run, whole.
    Run(Box<Run>),
    /// No file.
    Nothing,
    /// A file that is no whole run, for this reason.
    Damaged(String),
}

/// One run of a block, or one attempt at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// From 1.
    pub block: u32,
    /// The variant's name.
    pub variant: &'a str,
    /// The workload's name.
    pub workload: &'a str,
}

impl RunDirectory {
    /// Makes a new one; one that holds a comparison already is refused.
    pub fn create(root: &Path) -> Result<Self, RecordError> {
        if root.join(MANIFEST).exists() {
            return Err(RecordError::Taken(root.to_owned()));
        }
        let blocks = root.join(BLOCKS);
        fs::create_dir_all(&blocks).map_err(|cause| RecordError::Unwritable { file: blocks, cause })?;
        Ok(Self { root: root.to_owned() })
    }

    /// Opens one that holds a comparison.
    pub fn open(root: &Path) -> Result<Self, RecordError> {
        let directory = Self { root: root.to_owned() };
        if !directory.root.join(MANIFEST).exists() {
            return Err(RecordError::NoComparison(root.to_owned()));
        }
        Ok(directory)
    }

    /// Its path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads the manifest.
    pub fn manifest(&self) -> Result<Manifest, RecordError> {
        read(&self.root.join(MANIFEST), Manifest::FORMAT)
    }

    /// Writes the manifest.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), RecordError> {
        write(&self.root.join(MANIFEST), manifest)
    }

    /// Reads what was found after the last block; `None` where the comparison has not come so far.
    pub fn end(&self) -> Result<Option<End>, RecordError> {
        let path = self.root.join(END);
        if path.exists() { read(&path, End::FORMAT).map(Some) } else { Ok(None) }
    }

    /// Writes what was found after the last block.
    pub fn write_end(&self, end: &End) -> Result<(), RecordError> {
        write(&self.root.join(END), end)
    }

    /// Reads the run that counts. A file of a newer format is an error.
    pub fn run(&self, cell: Cell<'_>) -> Result<Found, RecordError> {
        let path = self.run_path(cell);
        if !path.exists() {
            return Ok(Found::Nothing);
        }
        match read(&path, Run::FORMAT) {
            Ok(run) => Ok(Found::Run(Box::new(run))),
            Err(RecordError::Damaged { why, .. }) => Ok(Found::Damaged(why)),
            Err(error) => Err(error),
        }
    }

    /// Sets a damaged run aside, as `.unreadable`, so that it can be measured anew.
    pub fn set_aside(&self, cell: Cell<'_>) -> Result<PathBuf, RecordError> {
        let path = self.run_path(cell);
        let aside = path.with_extension("json.unreadable");
        fs::rename(&path, &aside).map_err(|cause| RecordError::Unwritable { file: path, cause })?;
        Ok(aside)
    }

    /// How many attempts at a run were excluded.
    #[must_use]
    pub fn excluded(&self, cell: Cell<'_>) -> u32 {
        (1..u32::MAX).take_while(|attempt| self.excluded_path(cell, *attempt).exists()).last().unwrap_or(0)
    }

    /// Writes a run: one that counts, or one that was excluded.
    pub fn write_run(&self, run: &Run) -> Result<(), RecordError> {
        let cell = Cell { block: run.block, variant: &run.variant, workload: &run.workload };
        match run.status {
            super::Status::Measured | super::Status::Limit(_) => write(&self.run_path(cell), run),
            super::Status::Excluded(_) => write(&self.excluded_path(cell, run.attempt), run),
        }
    }

    /// Writes a server run, unless the block has one already: a resumed block starts its servers once more.
    pub fn write_server_run(&self, server_run: &ServerRun) -> Result<(), RecordError> {
        let path = self.block_file(server_run.block, &server_run.variant, "");
        if path.exists() { Ok(()) } else { write(&path, server_run) }
    }

    /// A file in it for a program's own use, which is gone at the end.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.root.join(BLOCKS).join(".running.json")
    }

    fn run_path(&self, cell: Cell<'_>) -> PathBuf {
        self.block_file(cell.block, cell.variant, &format!("-{}", cell.workload))
    }

    fn excluded_path(&self, cell: Cell<'_>, attempt: u32) -> PathBuf {
        self.block_file(cell.block, cell.variant, &format!("-{}.excluded-{attempt}", cell.workload))
    }

    fn block_file(&self, block: u32, variant: &str, rest: &str) -> PathBuf {
        self.root.join(BLOCKS).join(format!("{block:03}-{variant}{rest}.json"))
    }
}

/// Reads a document of this format.
pub(super) fn read<T: DeserializeOwned>(path: &Path, format: &str) -> Result<T, RecordError> {
    let damaged = |why: String| RecordError::Damaged { file: path.to_owned(), why };
    let bytes = fs::read(path).map_err(|cause| RecordError::Unreadable { file: path.to_owned(), cause })?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    match value["format"].as_str() {
        Some(found) if found == format => serde_json::from_value(value).map_err(|error| damaged(error.to_string())),
        Some(found) if found.split('/').next() == format.split('/').next() => {
            Err(RecordError::Newer { file: path.to_owned(), found: found.to_owned(), known: format.to_owned() })
        }
        found => Err(damaged(format!("its format is {found:?}, not {format:?}"))),
    }
}

/// Writes a document so that it is there whole or not at all, even if the machine stops.
fn write(path: &Path, document: &impl Serialize) -> Result<(), RecordError> {
    let unwritable = |cause: io::Error| RecordError::Unwritable { file: path.to_owned(), cause };
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|error| unwritable(error.into()))?;
    bytes.push(b'\n');
    let beside = path.with_extension("json.tmp");
    put(&beside, path, &bytes).map_err(|cause| {
        // What could not be written whole must not stay behind and fill the disk further.
        let _is_gone = fs::remove_file(&beside);
        unwritable(cause)
    })
}

fn put(beside: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(beside, path)?;
    // The name stands once its directory is on the disk.
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}
