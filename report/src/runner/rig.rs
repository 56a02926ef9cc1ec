use std::{net::Ipv4Addr, path::Path};

use anyhow::{Context, bail};

use super::{
    Strictness,
    calibration::processors,
    fitness::{Fitness, connections, searches},
    guard::Guard,
    interrupt::Interrupt,
    journals::Journals,
    places::Places,
    progress::Progress,
    surroundings::descriptors,
    tool::Tool,
};
use crate::{
    plan::{Placement, Plan},
    variant::Launch,
};

/// The name that every server is told: one of the original assignment's.
const NAME: &str = "Goloman";
/// Clients that a server is told to take beyond those of the load: probes, and connections that still close.
const SPARE_CLIENTS: u32 = 100;
/// Searches at once that a server is told to make at least: a server's default, from `src/config/limits.rs`.
const LEAST_SEARCHES: u32 = 32;

/// What a comparison works with, besides its servers.
pub(super) struct Rig {
    pub(super) interrupt: Interrupt,
    pub(super) progress: Progress,
    pub(super) fitness: Fitness,
    /// What stands before a server's command line.
    pub(super) guard: Vec<String>,
    pub(super) tool: Tool,
    pub(super) places: Places,
    /// What every server is told.
    pub(super) launch: Launch,
    /// Where those that keep a journal write it.
    pub(super) journals: Journals,
}

impl Rig {
    /// Looks at the machine, tells what will be limited, and starts what servers depend on.
    pub(super) fn set_up(plan: &Plan, strictness: Strictness, run_directory: &Path) -> anyhow::Result<Self> {
        let interrupt = Interrupt::on_signals().context("cannot await signals")?;
        // Servers and load generators inherit the limit.
        let _all_there_is = descriptors();
        let (fitness, progress) = (Fitness::of(plan), Progress::new(plan.time()));
        for warning in &fitness.warnings {
            progress.tell(&format!("warning: {warning}"));
        }
        if strictness == Strictness::Refuse && !fitness.warnings.is_empty() {
            bail!("--strict: this machine is not fit for the plan, as the warnings above say");
        }
        let (for_servers, for_load) = shares(plan.placement)?;
        let guard = Guard::new(for_servers).prefix();
        let tool = Tool::new(Guard::new(for_load));
        let places = Places::start(&tool)?;
        let journals = Journals::below(run_directory).context("cannot find the run directory")?;
        let launch = Launch { journal_dir: journals.path().to_owned(), ..launch(plan, &fitness, places.spec()) };
        Ok(Self { interrupt, progress, fitness, guard, tool, places, launch, journals })
    }
}

/// The processors of servers, and those of the load generator and of places; `None` where they may use all.
type Shares = (Option<Vec<usize>>, Option<Vec<usize>>);

fn shares(placement: Placement) -> anyhow::Result<Shares> {
    match (placement, processors().split_last()) {
        (Placement::Free, _) => Ok((None, None)),
        (Placement::Split, Some((last, others))) if !others.is_empty() => {
            Ok((Some(others.to_vec()), Some(vec![*last])))
        }
        (Placement::Split, _) => bail!("placement = \"split\" needs two processors; say \"free\" in the plan"),
    }
}

/// What every server is told alike: room for the most connections and searches of any workload that is run.
fn launch(plan: &Plan, fitness: &Fitness, places: String) -> Launch {
    let fits = || plan.workload.iter().filter(|workload| fitness.limit_of(workload).is_none());
    let clients = fits().map(connections).max().unwrap_or(1) + SPARE_CLIENTS;
    let in_flight = fits().map(searches).max().unwrap_or(0).max(LEAST_SEARCHES);
    Launch {
        places,
        places_in_flight: usize::try_from(in_flight).unwrap_or(usize::MAX),
        max_clients: usize::try_from(clients).unwrap_or(usize::MAX),
        ..Launch::alone(NAME, (Ipv4Addr::LOCALHOST, 0).into())
    }
}
