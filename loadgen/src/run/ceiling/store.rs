use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process, thread,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, ensure};
use procfs::{CpuInfo, Current};
use serde::{Deserialize, Serialize};

use crate::run::{Plan, Poll, Workload};

/// The name of the file's schema.
const FORMAT: &str = "loadgen-calibration/1";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Ceilings that are kept, at 300 bytes each; the oldest goes first.
const MOST: usize = 1_000;

/// What the generator reached against a null server.
#[derive(Clone, Debug, PartialEq)]
pub struct Ceiling {
    /// Right replies a second.
    pub throughput_per_s: f64,
    /// What was asked, and how it was answered.
    pub of: String,
    /// When, in seconds since 1970.
    pub measured_unix_s: f64,
}

/// What is known of the ceiling of a shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LookUp {
    Found(Ceiling),
    /// Why it is not known, in words for the summary.
    Unknown(String),
}

/// The file that holds ceilings.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
}

#[derive(Deserialize, Serialize)]
struct Document {
    format: String,
    ceilings: Vec<Entry>,
}

#[derive(Deserialize, Serialize)]
struct Entry {
    shape: Shape,
    machine: String,
    loadgen_version: String,
    throughput_per_s: f64,
    measured_unix_s: f64,
}

impl Entry {
    fn is_of_here(&self) -> bool {
        self.machine == machine() && self.loadgen_version == VERSION
    }
}

impl Store {
    /// The file that was named, or the usual one in the user's cache (XDG Base Directory Specification).
    pub(crate) fn at(path: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = path {
            return Ok(Self { path: path.to_owned() });
        }
        let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
        let cache =
            cache.context("there is neither XDG_CACHE_HOME nor HOME to keep ceilings in; give --calibration FILE")?;
        Ok(Self { path: cache.join("loadgen").join("ceilings.json") })
    }

    /// What is known for this plan's shape, on this machine and for this version.
    pub(crate) fn look_up(&self, plan: &Plan) -> LookUp {
        let shape = Shape::of(plan);
        let entries = match self.read() {
            Ok(document) => document.ceilings,
            Err(error) => return LookUp::Unknown(format!("the null server's ceiling is not known: {error:#}")),
        };
        let of_shape = || entries.iter().rev().filter(|entry| entry.shape == shape);
        if let Some(entry) = of_shape().find(|entry| entry.is_of_here()) {
            let Entry { throughput_per_s, measured_unix_s, .. } = *entry;
            return LookUp::Found(Ceiling { throughput_per_s, of: shape.of, measured_unix_s });
        }
        let whose = match of_shape().next() {
            Some(entry) if entry.loadgen_version != VERSION => {
                format!("was measured by loadgen {}", entry.loadgen_version)
            }
            Some(_) => "was measured on another machine".to_owned(),
            None => "has not been measured".to_owned(),
        };
        LookUp::Unknown(format!("the null server's ceiling for this shape {whose}; --calibrate does it"))
    }

    /// Keeps a ceiling in place of an older one.
    pub(crate) fn keep(&self, plan: &Plan, throughput_per_s: f64) -> anyhow::Result<()> {
        let shape = Shape::of(plan);
        let mut document = self.read()?;
        document.ceilings.retain(|entry| !(entry.shape == shape && entry.is_of_here()));
        let excess = (document.ceilings.len() + 1).saturating_sub(MOST);
        document.ceilings.drain(..excess);
        let measured_unix_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let (machine, loadgen_version) = (machine(), VERSION.to_owned());
        document.ceilings.push(Entry { shape, machine, loadgen_version, throughput_per_s, measured_unix_s });
        self.write(&document).with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn read(&self) -> anyhow::Result<Document> {
        let path = self.path.display();
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Document { format: FORMAT.to_owned(), ceilings: Vec::new() });
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
        };
        let document: Document =
            serde_json::from_slice(&text).with_context(|| format!("{path} holds no ceilings; remove it"))?;
        ensure!(document.format == FORMAT, "{path} has the format {:?} and not {FORMAT:?}; remove it", document.format);
        Ok(document)
    }

    /// Whoever reads meanwhile finds the old file or the new one.
    fn write(&self, document: &Document) -> anyhow::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let fresh = self.path.with_extension(format!("{}.new", process::id()));
        fs::write(&fresh, serde_json::to_vec_pretty(document)?)?;
        Ok(fs::rename(&fresh, &self.path)?)
    }
}

/// What of a plan decides how fast the generator can be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Shape {
    connections: u32,
    depth: u32,
    workers: u32,
    requests_per_connection: Option<u32>,
    spins: bool,
    /// What the null server is asked, and how it answers.
    pub(crate) of: String,
}

impl Shape {
    pub(crate) fn of(plan: &Plan) -> Self {
        let of = match &plan.workload {
            Workload::Herd(_) => "IAMAT, echoed by an epoll null server",
            Workload::Raw(_) => "raw lines, each answered by an epoll null server with 90 bytes",
        };
        Self {
            connections: plan.connections,
            depth: plan.depth,
            workers: plan.workers,
            requests_per_connection: plan.requests_per_connection,
            spins: plan.poll == Poll::Spin,
            of: of.to_owned(),
        }
    }
}

/// This machine, as far as a ceiling depends on it: its name, its processors as this process may use them, its kernel.
fn machine() -> String {
    let processors = CpuInfo::current().ok();
    let model = processors.as_ref().and_then(|processors| processors.model_name(0)).unwrap_or("?");
    let count = thread::available_parallelism().map_or(0, usize::from);
    let system = rustix::system::uname();
    let (host, kernel) = (system.nodename().to_string_lossy(), system.release().to_string_lossy());
    format!("{host}: {count} of {model}, Linux {kernel}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::plan::tests::plan;

    fn not_known(store: &Store, plan: &Plan) -> String {
        match store.look_up(plan) {
            LookUp::Unknown(why) => why,
            LookUp::Found(ceiling) => panic!("{ceiling:?}"),
        }
    }

    #[test]
    fn a_ceiling_is_found_again_for_its_shape_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(Some(&folder.path().join("of/its/own/ceilings.json"))).unwrap();
        assert!(not_known(&store, &plan()).contains("has not been measured"));
        store.keep(&plan(), 50.0).unwrap();
        store.keep(&plan(), 70.0).unwrap();
        let LookUp::Found(found) = store.look_up(&plan()) else { panic!("it was kept") };
        assert!((found.throughput_per_s - 70.0).abs() < 1e-9);
        assert_eq!(store.read().unwrap().ceilings.len(), 1);
        assert!(not_known(&store, &Plan { depth: 2, ..plan() }).contains("has not been measured"));
    }

    #[test]
    fn a_ceiling_of_another_machine_or_version_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(Some(&folder.path().join("ceilings.json"))).unwrap();
        store.keep(&plan(), 50.0).unwrap();
        let change = |change: &dyn Fn(&mut Entry)| {
            let mut document = store.read().unwrap();
            change(&mut document.ceilings[0]);
            store.write(&document).unwrap();
        };
        change(&|entry| entry.machine = "elsewhere".to_owned());
        assert!(not_known(&store, &plan()).contains("on another machine"));
        change(&|entry| entry.loadgen_version = "0.0.1".to_owned());
        assert!(not_known(&store, &plan()).contains("by loadgen 0.0.1"));
    }

    #[test]
    fn a_file_of_something_else_is_neither_read_nor_overwritten() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "{}").unwrap();
        let store = Store::at(Some(file.path())).unwrap();
        assert!(not_known(&store, &plan()).contains("remove it"));
        assert!(store.keep(&plan(), 1.0).is_err());
        assert_eq!(fs::read(file.path()).unwrap(), b"{}");
    }
}
