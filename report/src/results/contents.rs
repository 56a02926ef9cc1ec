use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{End, Manifest, RecordError, Run, RunDirectory, ServerRun, directory::read};

/// All that a run directory holds.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The manifest.
    pub manifest: Manifest,
    /// Runs of every status, by file.
    pub runs: Vec<Run>,
    /// Server runs, by file.
    pub server_runs: Vec<ServerRun>,
    /// What was found after the last block; none where the comparison did not come so far.
    pub end: Option<End>,
    /// Files that are neither.
    pub damaged: Vec<Damaged>,
}

/// A file that is no whole record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Its path, from the run directory.
    pub source: String,
    /// What is wrong.
    pub why: String,
}

impl RunDirectory {
    /// Reads everything. What is damaged is told and left out; what a later version wrote is an error.
    pub fn contents(&self) -> Result<Contents, RecordError> {
        let manifest = self.manifest()?;
        let end = self.end()?;
        let mut contents = Contents { manifest, runs: Vec::new(), server_runs: Vec::new(), end, damaged: Vec::new() };
        for file in records(&self.root().join("blocks"))? {
            contents.take(&file)?;
        }
        Ok(contents)
    }
}

impl Contents {
    fn take(&mut self, file: &Path) -> Result<(), RecordError> {
        let taken = if is_server_run(file)? {
            read(file, ServerRun::FORMAT).map(|server_run| self.server_runs.push(server_run))
        } else {
            read(file, Run::FORMAT).map(|run| self.runs.push(run))
        };
        match taken {
            Err(RecordError::Damaged { file, why }) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                self.damaged.push(Damaged { source: format!("blocks/{name}"), why });
                Ok(())
            }
            other => other,
        }
    }
}

/// The documents of a folder, by name. A file that is being written, or was set aside, is none.
fn records(folder: &Path) -> Result<Vec<PathBuf>, RecordError> {
    let unreadable = |cause: io::Error| RecordError::Unreadable { file: folder.to_owned(), cause };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !is_hidden && path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a document says that it is a server run, of whatever version.
fn is_server_run(file: &Path) -> Result<bool, RecordError> {
    let bytes = fs::read(file).map_err(|cause| RecordError::Unreadable { file: file.to_owned(), cause })?;
    let document: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Ok(document["format"].as_str().is_some_and(|format| format.starts_with("herd-life/")))
}
