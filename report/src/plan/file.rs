use std::{collections::HashSet, fs, io, path::Path};

use serde::Deserialize;
use toml::Spanned;

use super::{
    Contrast, Experiment, Gates, Margins, Metric, Placement, Plan, Role, Workload,
    budget::{slice, slice_lead, ten},
    experiment::{check_claims, check_experiments},
    grid::{Map, Rates},
    topology::Topologies,
    workload::{check_workload, is_name},
};
use crate::fault::{Fault, Place, demand};

/// The plans of the project, by name.
const BUILT_IN: [(&str, &str); 8] = [
    ("smoke", include_str!("../../plans/smoke.toml")),
    ("quick", include_str!("../../plans/quick.toml")),
    ("standard", include_str!("../../plans/standard.toml")),
    ("full", include_str!("../../plans/full.toml")),
    ("performance", include_str!("../../plans/performance.toml")),
    ("engines", include_str!("../../plans/engines.toml")),
    ("centre", include_str!("../../plans/centre.toml")),
    ("claims", include_str!("../../plans/claims.toml")),
];

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No plan of the project has this name, and there is no such file.
    #[error("there is no plan {name:?}; plans are {}, or give the path of a plan file", .known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names of the project's plans.
        known: Vec<&'static str>,
    },
    /// The file cannot be read.
    #[error("{file}: cannot be read: {cause}")]
    Unreadable {
        /// Its path.
        file: String,
        /// What the system says.
        cause: io::Error,
    },
    /// A variant was asked for that the plan has not.
    #[error("the plan has no variant {name:?}; it has {}", .known.join(", "))]
    NoSuchVariant {
        /// What was asked for.
        name: String,
        /// The plan's variants.
        known: Vec<String>,
    },
    /// A file that should be a variant's is not called so.
    #[error("{0} is no variant file: it must be called NAME.variant.toml")]
    NoVariantFile(String),
    /// A variant of this name takes part already.
    #[error("a variant {0:?} takes part already; name the file otherwise")]
    Twice(String),
    /// The plan says something that it may not say, or leaves out what it must say.
    #[error("{file}{place}: {message}")]
    Malformed {
        /// Its path.
        file: String,
        /// `:LINE:COLUMN`, counted from 1, or nothing where the whole file is at fault.
        place: Place,
        /// What is wrong and what would be right.
        message: String,
    },
}

impl PlanError {
    /// The fault of a plan with this text.
    fn malformed(fault: Fault, file: &str, text: &str) -> Self {
        Self::Malformed { file: file.to_owned(), place: Place::of(&fault, text), message: fault.message }
    }
}

/// A plan file as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    about: String,
    seed: u64,
    blocks: Spanned<u32>,
    warmup_s: Spanned<f64>,
    measure_s: Spanned<f64>,
    #[serde(default = "slice_length")]
    slice_s: Spanned<f64>,
    #[serde(default = "slice_lead_length")]
    slice_lead_s: Spanned<f64>,
    #[serde(default)]
    gates: Option<Spanned<Gates>>,
    #[serde(default = "ten_seconds")]
    stall_probe_s: Spanned<f64>,
    placement: Placement,
    variants: Spanned<Vec<Spanned<String>>>,
    #[serde(default = "threads")]
    threads: Spanned<String>,
    #[serde(default = "tasks")]
    tasks: Spanned<String>,
    #[serde(default = "twin")]
    twin: Spanned<String>,
    margins: Spanned<Margins>,
    repeats: u32,
    #[serde(default)]
    workload: Vec<Spanned<Workload>>,
    #[serde(default)]
    map: Vec<Spanned<Map>>,
    #[serde(default)]
    rates: Vec<Spanned<Rates>>,
    #[serde(default)]
    topologies: Vec<Spanned<Topologies>>,
    #[serde(default)]
    primary: Vec<Spanned<Contrast>>,
    #[serde(default)]
    claims: Vec<Spanned<u32>>,
    #[serde(default)]
    experiment: Vec<Spanned<Experiment>>,
}

fn ten_seconds() -> Spanned<f64> {
    Spanned::new(0..0, ten())
}

fn slice_length() -> Spanned<f64> {
    Spanned::new(0..0, slice())
}

fn slice_lead_length() -> Spanned<f64> {
    Spanned::new(0..0, slice_lead())
}

fn threads() -> Spanned<String> {
    Spanned::new(0..0, "herd-threads".to_owned())
}

fn tasks() -> Spanned<String> {
    Spanned::new(0..0, "herd-tasks".to_owned())
}

fn twin() -> Spanned<String> {
    Spanned::new(0..0, "herd-threads-twin".to_owned())
}

impl Plan {
    /// The names of the project's plans.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A plan of the project by its name, or the plan of a file by its path.
    pub fn find(name_or_path: &str) -> Result<Self, PlanError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text, name);
        }
        if !Path::new(name_or_path).exists() {
            return Err(PlanError::Unknown { name: name_or_path.to_owned(), known: Self::names().collect() });
        }
        let unreadable = |cause| PlanError::Unreadable { file: name_or_path.to_owned(), cause };
        Self::parse(&fs::read_to_string(name_or_path).map_err(unreadable)?, name_or_path)
    }

    /// Reads the text of a plan file, whose name is for messages.
    pub fn parse(text: &str, file: &str) -> Result<Self, PlanError> {
        parse(text).map_err(|fault| PlanError::malformed(fault, file, text))
    }
}

fn parse(text: &str) -> Result<Plan, Fault> {
    let file: File = toml::from_str(text)?;
    let workloads = workloads(&file);
    check(&file, &workloads)?;
    let inner = |spanned: Spanned<String>| spanned.into_inner();
    Ok(Plan {
        name: inner(file.name),
        about: file.about,
        seed: file.seed,
        blocks: file.blocks.into_inner(),
        warmup_s: file.warmup_s.into_inner(),
        measure_s: file.measure_s.into_inner(),
        slice_s: file.slice_s.into_inner(),
        slice_lead_s: file.slice_lead_s.into_inner(),
        gates: file.gates.map(Spanned::into_inner).unwrap_or_default(),
        stall_probe_s: file.stall_probe_s.into_inner(),
        placement: file.placement,
        variants: file.variants.into_inner().into_iter().map(inner).collect(),
        threads: inner(file.threads),
        tasks: inner(file.tasks),
        twin: inner(file.twin),
        margins: file.margins.into_inner(),
        repeats: file.repeats,
        workload: workloads.into_iter().map(Spanned::into_inner).collect(),
        primary: file.primary.into_iter().map(Spanned::into_inner).collect(),
        claims: file.claims.into_iter().map(Spanned::into_inner).collect(),
        experiment: file.experiment.into_iter().map(Spanned::into_inner).collect(),
    })
}

/// All workloads, each with the place of the table that it is from.
fn workloads(file: &File) -> Vec<Spanned<Workload>> {
    let maps = file.map.iter().map(|map| (map.span(), map.get_ref().workloads()));
    let rates = file.rates.iter().map(|rates| (rates.span(), rates.get_ref().workloads()));
    let topologies = file.topologies.iter().map(|table| (table.span(), table.get_ref().workloads()));
    let expanded = maps
        .chain(rates)
        .chain(topologies)
        .flat_map(|(span, workloads)| workloads.into_iter().map(move |workload| Spanned::new(span.clone(), workload)));
    file.workload.iter().cloned().chain(expanded).collect()
}

impl Plan {
    /// Leaves out all variants but these and the pair that tells the noise; rows of variants that are left out go with them.
    pub fn keep(&mut self, names: &[String]) -> Result<(), PlanError> {
        if let Some(stranger) = names.iter().find(|name| !self.variants.contains(name)) {
            return Err(PlanError::NoSuchVariant { name: stranger.clone(), known: self.variants.clone() });
        }
        let (threads, twin) = (self.threads.clone(), self.twin.clone());
        let stays = |name: &String| names.contains(name) || *name == threads || *name == twin;
        self.variants.retain(stays);
        self.workload.retain_mut(|workload| {
            let is_for_all = workload.variants.is_empty();
            workload.variants.retain(stays);
            is_for_all || !workload.variants.is_empty()
        });
        self.primary.retain(|row| stays(&row.a) && stays(&row.b));
        Ok(())
    }

    /// Adds the variant of a file, which runs every workload that is not for some variants only. Gives its name.
    pub fn join(&mut self, file: &Path) -> Result<String, PlanError> {
        let path = file.to_string_lossy();
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let Some(name) = name.strip_suffix(".variant.toml") else {
            return Err(PlanError::NoVariantFile(path.into_owned()));
        };
        if self.variants.iter().any(|known| known == name) {
            return Err(PlanError::Twice(name.to_owned()));
        }
        self.variants.push(name.to_owned());
        Ok(name.to_owned())
    }
}

/// Refuses a plan that cannot be run, or that METHOD forbids.
fn check(file: &File, workloads: &[Spanned<Workload>]) -> Result<(), Fault> {
    check_frame(file)?;
    check_variants(file)?;
    if workloads.is_empty() {
        return Err(Fault::at(file.name.span(), "the plan has no [[workload]], [[map]], [[rates]] or [[topologies]]"));
    }
    let variants: HashSet<&str> = file.variants.get_ref().iter().map(|name| name.get_ref().as_str()).collect();
    for workload in workloads {
        check_workload(workload, &variants)?;
    }
    check_names(workloads)?;
    check_claims(&file.claims)?;
    check_experiments(&file.experiment)?;
    check_primary(file, workloads)
}

fn check_frame(file: &File) -> Result<(), Fault> {
    demand_name(&file.name)?;
    demand(file.blocks.span(), (1..=999).contains(file.blocks.get_ref()), "blocks are 1 to 999")?;
    let is_time = |value: f64| value.is_finite() && (0.0..=3_600.0).contains(&value);
    for length in [&file.warmup_s, &file.stall_probe_s] {
        demand(length.span(), is_time(*length.get_ref()), "a time is 0 to 3600 seconds")?;
    }
    let is_slice = (0.02..=5.0).contains(file.slice_s.get_ref());
    demand(file.slice_s.span(), is_slice, "a slice is 0.02 to 5 seconds")?;
    let is_lead = (0.0..=1.0).contains(file.slice_lead_s.get_ref());
    demand(file.slice_lead_s.span(), is_lead, "the lead of a slice is 0 to 1 second")?;
    if let Some(gates) = &file.gates {
        let Gates { steal, waiting, wake_lag_us } = *gates.get_ref();
        let are_shares = [steal, waiting].iter().all(|share| (0.0..=1.0).contains(share));
        demand(gates.span(), are_shares, "`steal` and `waiting` are shares, from 0 to 1")?;
        demand(gates.span(), wake_lag_us > 0.0 && wake_lag_us.is_finite(), "`wake_lag_us` is above 0")?;
    }
    let measure_s = *file.measure_s.get_ref();
    demand(file.measure_s.span(), is_time(measure_s) && measure_s > 0.0, "a window is longer than 0 seconds")?;
    let margins = file.margins.get_ref();
    let are_shares =
        [margins.throughput, margins.cpu, margins.latency].iter().all(|share| *share > 0.0 && *share < 1.0);
    demand(file.margins.span(), are_shares, "a margin is a share between 0 and 1, such as 0.05 for 5 %")
}

fn check_variants(file: &File) -> Result<(), Fault> {
    let mut known = HashSet::new();
    for variant in file.variants.get_ref() {
        demand_name(variant)?;
        demand(variant.span(), known.insert(variant.get_ref().as_str()), "this variant is named twice")?;
    }
    for (role, named) in [("threads", &file.threads), ("tasks", &file.tasks), ("twin", &file.twin)] {
        if !known.contains(named.get_ref().as_str()) {
            let span = if named.span().is_empty() { file.variants.span() } else { named.span() };
            let message = format!("`{role}` is {:?}, which is not among `variants`", named.get_ref());
            return Err(Fault::at(span, message));
        }
    }
    demand(file.variants.span(), file.threads.get_ref() != file.twin.get_ref(), "`twin` must be a variant of its own")
}

/// Runs are kept by the name of their workload.
fn check_names(workloads: &[Spanned<Workload>]) -> Result<(), Fault> {
    let mut taken = HashSet::new();
    for workload in workloads {
        let name = workload.get_ref().name.as_str();
        demand(workload.span(), taken.insert(name), &format!("two workloads are called {name}; name one otherwise"))?;
    }
    Ok(())
}

fn check_primary(file: &File, workloads: &[Spanned<Workload>]) -> Result<(), Fault> {
    let most = most_primary(*file.blocks.get_ref());
    if let Some(beyond) = file.primary.get(most) {
        let message = format!("{} blocks bear {most} primary rows at most (METHOD 2.3)", file.blocks.get_ref());
        return Err(Fault::at(beyond.span(), message));
    }
    for (number, row) in file.primary.iter().enumerate() {
        let is_new = file.primary[..number].iter().all(|earlier| earlier.get_ref() != row.get_ref());
        demand(row.span(), is_new, "this row is named twice")?;
        let workload = workloads.iter().map(Spanned::get_ref).find(|workload| workload.name == row.get_ref().workload);
        let Some(workload) = workload else {
            return Err(Fault::at(row.span(), format!("there is no workload {:?}", row.get_ref().workload)));
        };
        check_row(row, workload, file)?;
        let (rows, blocks) = (file.primary.len(), workload.blocks.unwrap_or(*file.blocks.get_ref()));
        let message = format!("{blocks} blocks of {:?} can show nothing at the level of {rows} rows", workload.name);
        demand(row.span(), workload.blocks.is_none() || can_show(blocks, rows), &message)?;
    }
    Ok(())
}

fn check_row(row: &Spanned<Contrast>, workload: &Workload, file: &File) -> Result<(), Fault> {
    let (span, contrast) = (row.span(), row.get_ref());
    demand(span.clone(), contrast.a != contrast.b, "`a` and `b` are the same variant")?;
    for variant in [&contrast.a, &contrast.b] {
        let is_in_plan = file.variants.get_ref().iter().any(|known| known.get_ref() == variant);
        let runs = workload.variants.is_empty() || workload.variants.contains(variant);
        let message = format!("{variant:?} does not run the workload {:?}", workload.name);
        demand(span.clone(), is_in_plan && runs, &message)?;
    }
    let role = match contrast.metric {
        Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => Some(Role::Memory),
        Metric::Capacity => Some(Role::Capacity),
        Metric::Throughput | Metric::CpuPerRequest | Metric::LatencyP50 | Metric::LatencyP90 => None,
        Metric::LatencyP99 => return Err(Fault::at(span, "p99 is described, never decided by (METHOD 2.5)")),
    };
    let has_own = |own: Role| (role == Some(own)) == (workload.role == own);
    let message = "memory is compared in workloads of the role `memory`, and nothing else is";
    demand(span.clone(), has_own(Role::Memory), message)?;
    demand(
        span.clone(),
        has_own(Role::Capacity),
        "capacity is compared in workloads of the role `capacity`, and nothing else is",
    )?;
    let is_of_herd = matches!(workload.role, Role::Herd | Role::Farthest | Role::Topology);
    demand(span, !is_of_herd, "what several servers do together is described, never decided by")
}

/// Rows that decide, however many blocks there are.
const MOST_PRIMARY: usize = 20;
/// Rows that a plan may name though its blocks are too few to show anything: they are screening only.
const LEAST_PRIMARY: usize = 3;

/// How many rows may decide: so many that so many blocks can show something at the level that they share (METHOD 2.3).
fn most_primary(blocks: u32) -> usize {
    (1..=MOST_PRIMARY).rev().find(|rows| can_show(blocks, *rows)).unwrap_or(LEAST_PRIMARY)
}

/// Whether the exact signed-rank test of so many blocks, all of which agree, reaches the level that so many rows share.
fn can_show(blocks: u32, rows: usize) -> bool {
    2.0_f64.powi(1 - i32::try_from(blocks).unwrap_or(i32::MAX)) <= 0.05 / rows as f64
}

fn demand_name(name: &Spanned<String>) -> Result<(), Fault> {
    demand(name.span(), is_name(name.get_ref()), "a name has only a to z, 0 to 9 and `-`")
}
