use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use super::{End, Manifest, Observed, RecordError, Run, ServerRun, Status, lines};
use crate::experiments::Observation;

const MANIFEST: &str = "manifest.json";
const END: &str = "end.json";
const RUNS: &str = "runs";
const SERVERS: &str = "servers";
const EXPERIMENTS: &str = "experiments";

/// A run directory.
#[derive(Clone, Debug)]
pub struct RunDirectory {
    root: PathBuf,
}

/// All that a run directory holds.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The manifest.
    pub manifest: Manifest,
    /// Runs of every status, by file and line.
    pub runs: Vec<Run>,
    /// Server runs, by file and line.
    pub server_runs: Vec<ServerRun>,
    /// What was found after the last block; none where the comparison did not come so far.
    pub end: Option<End>,
    /// What experiments observed that are no race, by file and line.
    pub observed: Vec<Observed>,
    /// Lines that are neither.
    pub damaged: Vec<Damaged>,
}

/// A line that is no whole record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Its file, from the run directory, and its line.
    pub source: String,
    /// What is wrong.
    pub why: String,
}

/// A line that was damaged and set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it was, and what is wrong.
    pub damaged: Damaged,
    /// The file where it is now.
    pub file: PathBuf,
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
        for folder in [RUNS, SERVERS].map(|folder| root.join(folder)) {
            fs::create_dir_all(&folder).map_err(|cause| RecordError::Unwritable { file: folder, cause })?;
        }
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

    /// A file in it for a program's own use, which is gone at the end.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.root.join(".running.json")
    }

    /// Reads the manifest.
    pub fn manifest(&self) -> Result<Manifest, RecordError> {
        lines::read_document(&self.root.join(MANIFEST), Manifest::FORMAT)
    }

    /// Writes the manifest.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), RecordError> {
        lines::write_document(&self.root.join(MANIFEST), manifest)
    }

    /// Reads what was found after the last block; `None` where the comparison has not come so far.
    pub fn end(&self) -> Result<Option<End>, RecordError> {
        let path = self.root.join(END);
        if path.exists() { lines::read_document(&path, End::FORMAT).map(Some) } else { Ok(None) }
    }

    /// Writes what was found after the last block.
    pub fn write_end(&self, end: &End) -> Result<(), RecordError> {
        lines::write_document(&self.root.join(END), end)
    }

    /// Adds a run: one that counts, or one that was excluded.
    pub fn write_run(&self, run: &Run) -> Result<(), RecordError> {
        lines::append(&self.root.join(RUNS).join(&run.workload).join(format!("{}.jsonl", run.variant)), run)
    }

    /// Adds a server run.
    pub fn write_server_run(&self, server_run: &ServerRun) -> Result<(), RecordError> {
        lines::append(&self.root.join(SERVERS).join(format!("{}.jsonl", server_run.variant)), server_run)
    }

    /// Whether an experiment is there whole.
    #[must_use]
    pub fn has_experiment(&self, name: &str) -> bool {
        self.experiment(name).exists()
    }

    /// Writes what an experiment observed: all of it, or nothing.
    pub fn write_experiment(&self, name: &str, observations: &[Observation]) -> Result<(), RecordError> {
        let folder = self.root.join(EXPERIMENTS);
        fs::create_dir_all(&folder).map_err(|cause| RecordError::Unwritable { file: folder, cause })?;
        let lines: Vec<Observed> = observations.iter().cloned().map(Observed::new).collect();
        lines::write_lines(&self.experiment(name), &lines)
    }

    fn experiment(&self, name: &str) -> PathBuf {
        self.root.join(EXPERIMENTS).join(format!("{name}.jsonl"))
    }

    /// Reads everything. What is damaged is told and left out; what a later version wrote is an error.
    pub fn contents(&self) -> Result<Contents, RecordError> {
        let (manifest, end) = (self.manifest()?, self.end()?);
        let mut damaged = Vec::new();
        let runs = self.read_all(RUNS, Run::FORMAT, &mut damaged)?;
        let server_runs = self.read_all(SERVERS, ServerRun::FORMAT, &mut damaged)?;
        let observed = self.read_all(EXPERIMENTS, Observed::FORMAT, &mut damaged)?;
        let observed = observed.into_iter().map(|(line, one)| Observed { line, ..one }).collect();
        let runs = runs.into_iter().map(|(line, run)| Run { line, ..run }).collect();
        let server_runs = server_runs.into_iter().map(|(line, server_run)| ServerRun { line, ..server_run }).collect();
        Ok(Contents { manifest, runs, server_runs, end, observed, damaged })
    }

    /// Moves damaged lines out of the way, so that records can be added again; call it before the first is.
    pub fn mend(&self) -> Result<Vec<SetAside>, RecordError> {
        let mut moved = self.mend_all::<Run>(RUNS, Run::FORMAT)?;
        moved.extend(self.mend_all::<ServerRun>(SERVERS, ServerRun::FORMAT)?);
        Ok(moved)
    }

    fn mend_all<T: DeserializeOwned>(&self, folder: &str, format: &str) -> Result<Vec<SetAside>, RecordError> {
        let mut moved = Vec::new();
        for path in files(&self.root.join(folder))? {
            let Some((damaged, file)) = lines::set_aside::<T>(&path, format)? else { continue };
            moved.extend(
                damaged.into_iter().map(|line| SetAside { damaged: self.damaged(&path, line), file: file.clone() }),
            );
        }
        Ok(moved)
    }

    fn read_all<T: DeserializeOwned>(
        &self,
        folder: &str,
        format: &str,
        damaged: &mut Vec<Damaged>,
    ) -> Result<Vec<(u32, T)>, RecordError> {
        let mut records = Vec::new();
        for path in files(&self.root.join(folder))? {
            let lines = lines::read(&path, format)?;
            records.extend(lines.records);
            damaged.extend(lines.damaged.into_iter().map(|line| self.damaged(&path, line)));
        }
        Ok(records)
    }

    fn damaged(&self, path: &Path, line: lines::DamagedLine) -> Damaged {
        let file = path.strip_prefix(&self.root).unwrap_or(path);
        Damaged { source: format!("{}#L{}", file.display(), line.number), why: line.why }
    }
}

/// The files of records below a folder, by path; none where there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, RecordError> {
    let unreadable = |cause: io::Error| RecordError::Unreadable { file: folder.to_owned(), cause };
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(unreadable(error)),
    };
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Which runs and server runs are written down, so that none is made twice.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// By block, variant and workload: attempts that were void, and whether one is not to be repeated.
    runs: HashMap<(u32, String, String), (u32, bool)>,
    /// By block and variant.
    server_runs: HashSet<(u32, String)>,
}

impl Written {
    /// All that a directory holds.
    #[must_use]
    pub fn of(contents: &Contents) -> Self {
        let mut written = Self::default();
        contents.runs.iter().for_each(|run| written.add_run(run));
        contents.server_runs.iter().for_each(|server_run| {
            written.add_server_run(server_run);
        });
        written
    }

    /// Takes note of a run.
    pub fn add_run(&mut self, run: &Run) {
        let key = (run.block, run.variant.clone(), run.workload.clone());
        let (excluded, counts) = self.runs.entry(key).or_default();
        match run.status {
            Status::Measured | Status::Failed(_) | Status::Limit(_) => *counts = true,
            Status::Void(_) => *excluded = (*excluded).max(run.attempt),
        }
    }

    /// Takes note of a server run; whether the block had none of this variant.
    pub fn add_server_run(&mut self, server_run: &ServerRun) -> bool {
        self.server_runs.insert((server_run.block, server_run.variant.clone()))
    }

    /// Whether a run counts, or reached a limit.
    #[must_use]
    pub fn counts(&self, cell: Cell<'_>) -> bool {
        self.state(cell).1
    }

    /// Whether no run of this variant and workload is written down yet, of any block.
    #[must_use]
    pub fn is_first(&self, cell: Cell<'_>) -> bool {
        !self.runs.keys().any(|(_, variant, workload)| variant == cell.variant && workload == cell.workload)
    }

    /// How many attempts at a run were excluded.
    #[must_use]
    pub fn excluded(&self, cell: Cell<'_>) -> u32 {
        self.state(cell).0
    }

    /// How often a workload of a block was made again.
    #[must_use]
    pub fn repeated(&self) -> u32 {
        let mut most: HashMap<(u32, &str), u32> = HashMap::new();
        for ((block, _, workload), (excluded, counts)) in &self.runs {
            let again = (excluded + u32::from(*counts)).saturating_sub(1);
            let most = most.entry((*block, workload)).or_default();
            *most = again.max(*most);
        }
        most.values().sum()
    }

    fn state(&self, cell: Cell<'_>) -> (u32, bool) {
        let key = (cell.block, cell.variant.to_owned(), cell.workload.to_owned());
        self.runs.get(&key).copied().unwrap_or_default()
    }
}
