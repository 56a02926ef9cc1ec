use std::{fs, path::Path};

use serde::Deserialize;
use toml::Spanned;

use super::{
    Contrast, Margins, Placement, Plan, PlanError, Workload,
    check::check,
    grid::{Map, Rates},
};
use crate::fault::Fault;

/// The plans of the project, by name.
const BUILT_IN: [(&str, &str); 5] = [
    ("smoke", include_str!("../../plans/smoke.toml")),
    ("quick", include_str!("../../plans/quick.toml")),
    ("standard", include_str!("../../plans/standard.toml")),
    ("full", include_str!("../../plans/full.toml")),
    ("performance", include_str!("../../plans/performance.toml")),
];

/// A plan file as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) name: Spanned<String>,
    about: String,
    seed: u64,
    pub(super) blocks: Spanned<u32>,
    pub(super) warmup_s: Spanned<f64>,
    pub(super) measure_s: Spanned<f64>,
    #[serde(default = "ten_seconds")]
    pub(super) stall_probe_s: Spanned<f64>,
    placement: Placement,
    pub(super) variants: Spanned<Vec<Spanned<String>>>,
    #[serde(default = "threads")]
    pub(super) threads: Spanned<String>,
    #[serde(default = "tasks")]
    pub(super) tasks: Spanned<String>,
    #[serde(default = "twin")]
    pub(super) twin: Spanned<String>,
    pub(super) margins: Spanned<Margins>,
    repeats: u32,
    #[serde(default)]
    pub(super) workload: Vec<Spanned<Workload>>,
    #[serde(default)]
    pub(super) map: Vec<Spanned<Map>>,
    #[serde(default)]
    pub(super) rates: Vec<Spanned<Rates>>,
    #[serde(default)]
    pub(super) primary: Vec<Spanned<Contrast>>,
}

fn ten_seconds() -> Spanned<f64> {
    Spanned::new(0..0, super::plan_file::ten())
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
    })
}

/// All workloads, each with the place of the table that it is from.
fn workloads(file: &File) -> Vec<Spanned<Workload>> {
    let maps = file.map.iter().map(|map| (map.span(), map.get_ref().workloads()));
    let rates = file.rates.iter().map(|rates| (rates.span(), rates.get_ref().workloads()));
    let expanded = maps
        .chain(rates)
        .flat_map(|(span, workloads)| workloads.into_iter().map(move |workload| Spanned::new(span.clone(), workload)));
    file.workload.iter().cloned().chain(expanded).collect()
}
