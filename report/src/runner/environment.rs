use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use loadgen::result::PlacesStats;

use super::{
    host::{descriptors, processor_numbers},
    preflight::{Preflight, connections, searches},
    process::{Guard, Interrupt, Loadgen},
    progress::Progress,
    server::exchange,
};
use crate::{
    plan::{Placement, Plan},
    results::{PlacesUse, RunDirectory},
    variant::{Launch, Process, Variant},
};

/// The name that every server is told: one of the original assignment's.
const NAME: &str = "Goloman";
/// Clients that a server is told to take beyond those of the load: probes, and connections that still close.
const SPARE_CLIENTS: u32 = 100;
/// Searches at once that a server is told to make at least: a server's default, from `src/config/limits.rs`.
const LEAST_SEARCHES: u32 = 32;

/// For the stand-in to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a comparison works with, besides its servers.
pub(super) struct Environment {
    pub(super) interrupt: Interrupt,
    pub(super) progress: Progress,
    pub(super) preflight: Preflight,
    /// What stands before a server's command line.
    pub(super) guard: Vec<String>,
    pub(super) loadgen: Loadgen,
    pub(super) places: PlacesOfAll,
    /// What every server is told.
    pub(super) launch: Launch,
    /// Where those that keep a journal write it.
    pub(super) journals: Journals,
    /// Where the load generator writes its result.
    pub(super) scratch: PathBuf,
}

/// What is made of a machine that is busy or short of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// It is told, and the comparison goes on.
    Warn,
    /// The comparison is refused.
    Refuse,
}

impl Environment {
    /// Looks at the machine, tells what will be limited, and starts what servers depend on.
    pub(super) fn set_up(plan: &Plan, strictness: Strictness, directory: &RunDirectory) -> anyhow::Result<Self> {
        let interrupt = Interrupt::on_signals().context("cannot await signals")?;
        // Servers and load generators inherit the limit.
        let _all_there_is = descriptors();
        let (preflight, progress) = (Preflight::of(plan), Progress::new(plan.time()));
        for warning in &preflight.warnings {
            progress.tell(&format!("warning: {warning}"));
        }
        if strictness == Strictness::Refuse && !preflight.warnings.is_empty() {
            bail!("--strict: this machine is not fit for the plan, as the warnings above say");
        }
        let (for_servers, for_load) = shares(plan.placement)?;
        let guard = Guard::new(for_servers).prefix();
        let loadgen = Loadgen::new(Guard::new(for_load));
        let places = PlacesOfAll::start(&loadgen, &plan.variants)?;
        let journals = Journals::below(directory.root()).context("cannot find the run directory")?;
        let launch = Launch { journal_dir: journals.path().to_owned(), ..launch(plan, &preflight) };
        let scratch = directory.scratch();
        Ok(Self { interrupt, progress, preflight, guard, loadgen, places, launch, journals, scratch })
    }

    /// What a variant's servers are told.
    pub(super) fn launch_of(&self, variant: &Variant) -> Launch {
        Launch { places: self.places.spec(&variant.name), ..self.launch.clone() }
    }
}

/// The processors of servers, and those of the load generator and of places; `None` where they may use all.
type Shares = (Option<Vec<usize>>, Option<Vec<usize>>);

fn shares(placement: Placement) -> anyhow::Result<Shares> {
    match (placement, processor_numbers().split_last()) {
        (Placement::Free, _) => Ok((None, None)),
        (Placement::Split, Some((last, others))) if !others.is_empty() => {
            Ok((Some(others.to_vec()), Some(vec![*last])))
        }
        (Placement::Split, _) => bail!("placement = \"split\" needs two processors; say \"free\" in the plan"),
    }
}

/// What every server is told alike: room for the most connections and searches of any workload that is run.
fn launch(plan: &Plan, preflight: &Preflight) -> Launch {
    let fits = || plan.workload.iter().filter(|workload| preflight.limit_of(workload).is_none());
    let clients = fits().map(connections).max().unwrap_or(1) + SPARE_CLIENTS;
    let in_flight = fits().map(searches).max().unwrap_or(0).max(LEAST_SEARCHES);
    Launch {
        places_in_flight: usize::try_from(in_flight).unwrap_or(usize::MAX),
        max_clients: usize::try_from(clients).unwrap_or(usize::MAX),
        ..Launch::alone(NAME, (Ipv4Addr::LOCALHOST, 0).into())
    }
}

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

/// The stand-ins for the provider of places: a process for each variant, so that what each asks is counted apart. They live
/// for the whole comparison, and their delay is that of the workload.
pub(super) struct PlacesOfAll(Vec<(String, Places)>);

impl PlacesOfAll {
    /// Starts them. Each search gets the same 20 places, so that looking them up costs the servers' processors nothing.
    pub(super) fn start(loadgen: &Loadgen, variants: &[String]) -> anyhow::Result<Self> {
        let start = |variant: &String| Ok((variant.clone(), Places::start(loadgen)?));
        Ok(Self(variants.iter().map(start).collect::<anyhow::Result<_>>()?))
    }

    /// Sets how long each search takes from now on.
    pub(super) fn delay(&self, delay_ms: f64) -> anyhow::Result<()> {
        self.0.iter().try_for_each(|(_, places)| places.ask(&format!("POST /delay?{delay_ms}ms")).map(|_| ()))
    }

    /// What a variant's has done so far; nothing for one that has none.
    pub(super) fn stats(&self, variant: &str) -> anyhow::Result<PlacesUse> {
        self.of(variant).map_or(Ok(PlacesUse { requests: 0, cpu_s: 0.0 }), |places| places.ask("GET /stats"))
    }

    /// What a variant's servers are told for their provider.
    fn spec(&self, variant: &str) -> String {
        self.of(variant).map_or_else(|| "none".to_owned(), |places| format!("google-legacy=http://{}", places.address))
    }

    fn of(&self, variant: &str) -> Option<&Places> {
        self.0.iter().find(|(name, _)| name == variant).map(|(_, places)| places)
    }
}

/// A stand-in.
struct Places {
    /// Held until the end, which ends it.
    _process: Process,
    address: SocketAddr,
}

impl Places {
    fn start(loadgen: &Loadgen) -> anyhow::Result<Self> {
        let arguments = ["places", "--listen", "127.0.0.1:0", "--fixed"].map(str::to_owned);
        let mut process = loadgen.start(&arguments)?;
        let line = process.ready_line(PATIENCE).context("the stand-in for places does not start")?;
        let address = line.strip_prefix("ready places ").and_then(|address| address.parse().ok());
        let address = address.with_context(|| format!("the stand-in for places said {line:?}"))?;
        Ok(Self { _process: process, address })
    }

    fn ask(&self, request: &str) -> anyhow::Result<PlacesUse> {
        let answer = exchange(self.address, request).context("the stand-in for places does not answer")?;
        let counts: PlacesStats =
            serde_json::from_str(&answer).with_context(|| format!("the stand-in for places answers {answer}"))?;
        let cpu = counts.cpu_s.context("the stand-in for places does not know its processor time")?;
        Ok(PlacesUse { requests: counts.requests, cpu_s: cpu.user + cpu.system })
    }
}

/// What was done between two looks.
pub(super) fn between(from: PlacesUse, to: PlacesUse) -> PlacesUse {
    PlacesUse { requests: to.requests - from.requests, cpu_s: to.cpu_s - from.cpu_s }
}
