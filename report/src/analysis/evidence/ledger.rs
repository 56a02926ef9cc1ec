use std::collections::{BTreeMap, BTreeSet};

use loadgen::result::Stalls;
use serde::{Deserialize, Serialize};

use super::{
    figures::StallProbe,
    reading::{Reading, measure},
};
use crate::{
    analysis::estimate::{Estimate, estimate},
    plan::{Metric, Plan, Workload},
    results::{Damaged, Manifest, Participation, Run, Status},
};

/// What is known by workload, variant and block.
type Places<'a, T> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeMap<u32, T>>>;

/// A run that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The raw file.
    pub source: String,
    /// Why.
    pub why: String,
}

/// All runs of a directory: what counts, by workload, variant and block, and what does not.
#[derive(Debug)]
pub(in crate::analysis) struct Ledger<'a> {
    /// The manifest, whole.
    pub(in crate::analysis) manifest: &'a Manifest,
    /// Runs that do not count, by block, then damaged lines.
    pub(in crate::analysis) excluded: Vec<Excluded>,
    /// The probes for stalls before the first block and after the last one.
    pub(in crate::analysis) probes: Vec<StallProbe>,
    /// How many runs of each variant do not count, by reason.
    pub(in crate::analysis) voided: BTreeMap<(&'a str, String), u32>,
    /// By workload and variant.
    commands: BTreeMap<(&'a str, &'a str), &'a Run>,
    readings: Places<'a, Reading<'a>>,
    limits: Places<'a, &'a str>,
}

impl<'a> Ledger<'a> {
    /// Takes all runs in, whatever their order.
    pub(in crate::analysis) fn of(manifest: &'a Manifest, runs: &'a [Run]) -> Self {
        let mut ledger = Self {
            manifest,
            excluded: Vec::new(),
            probes: manifest.machine.stalls.as_ref().and_then(StallProbe::of).into_iter().collect(),
            voided: BTreeMap::new(),
            commands: BTreeMap::new(),
            readings: BTreeMap::new(),
            limits: BTreeMap::new(),
        };
        let mut sorted: Vec<&'a Run> = runs.iter().collect();
        // Of two that claim the same place the later attempt counts.
        sorted.sort_by(|one, other| {
            let later = other.attempt.cmp(&one.attempt).then(other.started_unix_s.total_cmp(&one.started_unix_s));
            order(one).cmp(&order(other)).then(later)
        });
        for run in sorted.iter().filter(|run| !run.command.is_empty()) {
            ledger.commands.entry((&run.workload, &run.variant)).or_insert(run);
        }
        let mut excluded: Vec<(&'a Run, String)> =
            sorted.into_iter().filter_map(|run| Some((run, ledger.enter(run).err()?))).collect();
        let place = |run: &Run| (run.block, format!("{}-{}", run.variant, run.workload), run.attempt, run.line);
        excluded.sort_by_cached_key(|(run, why)| (place(run), why.clone()));
        for (run, why) in &excluded {
            *ledger.voided.entry((&run.variant, reason(run, why))).or_default() += 1;
        }
        ledger.excluded = excluded.into_iter().map(|(run, why)| Excluded { source: run.source(), why }).collect();
        ledger
    }

    /// Lines that are no runs: they do not count either.
    pub(in crate::analysis) fn add_damaged(&mut self, damaged: &[Damaged]) {
        let excluded =
            damaged.iter().map(|file| Excluded { source: file.source.clone(), why: format!("damaged: {}", file.why) });
        self.excluded.extend(excluded);
    }

    /// A probe that was made beside the runs.
    pub(in crate::analysis) fn add_probe(&mut self, probe: Option<&Stalls>) {
        self.probes.extend(probe.and_then(StallProbe::of));
    }

    /// The plan.
    pub(in crate::analysis) fn plan(&self) -> &'a Plan {
        &self.manifest.plan
    }

    /// One run that counts.
    pub(in crate::analysis) fn reading(&self, workload: &str, variant: &str, block: u32) -> Option<&Reading<'a>> {
        self.readings.get(workload)?.get(variant)?.get(&block)
    }

    /// The first run of a variant in a workload that tells its command line, counted or not.
    pub(in crate::analysis) fn first_command(&self, workload: &str, variant: &str) -> Option<&'a Run> {
        self.commands.get(&(workload, variant)).copied()
    }

    /// The runs that count of a variant in a workload, by block.
    pub(in crate::analysis) fn readings(&self, workload: &str, variant: &str) -> Vec<&Reading<'a>> {
        in_blocks(&self.readings, workload, variant)
    }

    /// All runs that count, by workload, variant and block.
    pub(in crate::analysis) fn all(&self) -> impl Iterator<Item = &Reading<'a>> {
        self.readings.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values)
    }

    /// All runs that count, by workload and variant as the plan has them, and by block.
    pub(in crate::analysis) fn in_the_order_of_the_plan(&self) -> Vec<&Reading<'a>> {
        let workloads = self.plan().workload.iter();
        let of = |workload: &'a Workload| {
            self.variants_of(workload).into_iter().flat_map(|variant| self.readings(&workload.name, variant))
        };
        workloads.flat_map(of).collect()
    }

    /// The limits that a variant reached in a workload, by block.
    pub(in crate::analysis) fn limits(&self, workload: &str, variant: &str) -> Vec<&'a str> {
        in_blocks(&self.limits, workload, variant).into_iter().copied().collect()
    }

    /// The blocks of which a run counts, or reached a limit.
    pub(in crate::analysis) fn blocks(&self) -> BTreeSet<u32> {
        let of_limits = self.limits.values().flat_map(BTreeMap::values).flat_map(BTreeMap::keys);
        self.all().map(|reading| reading.run.block).chain(of_limits.copied()).collect()
    }

    /// Whether a run is there in this place: one that counts, or one that reached a limit.
    pub(in crate::analysis) fn is_settled(&self, workload: &str, variant: &str, block: u32) -> bool {
        let is_limit = || self.limits.get(workload)?.get(variant)?.get(&block);
        self.reading(workload, variant, block).is_some() || is_limit().is_some()
    }

    /// Why a variant does not take part; none if it does.
    pub(in crate::analysis) fn not_run(&self, variant: &str) -> Option<&'a str> {
        match self.manifest.participants.iter().find(|one| one.name == variant).map(|one| &one.participation) {
            Some(Participation::Takes) => None,
            Some(Participation::NotRun(why)) => Some(why),
            None if self.plan().variants.iter().any(|name| name == variant) => None,
            None => Some("the plan does not name it"),
        }
    }

    /// The variants that run a workload, in the plan's order.
    pub(in crate::analysis) fn variants_of(&self, workload: &'a Workload) -> Vec<&'a str> {
        self.plan().variants.iter().map(String::as_str).filter(|name| self.runs(workload, name)).collect()
    }

    /// Whether the plan has a variant run a workload.
    pub(in crate::analysis) fn runs(&self, workload: &Workload, variant: &str) -> bool {
        let is = |name: &String| name == variant;
        self.plan().variants.iter().any(is) && (workload.variants.is_empty() || workload.variants.iter().any(is))
    }

    fn enter(&mut self, run: &'a Run) -> Result<(), String> {
        let workload = self.workload_of(run)?;
        match &run.status {
            Status::Void(void) => return Err(void.detail.clone()),
            Status::Failed(why) => return Err(why.clone()),
            Status::Measured | Status::Limit(_) => {}
        }
        if self.is_settled(&run.workload, &run.variant, run.block) {
            return Err("measured twice: the later attempt counts".to_owned());
        }
        if let Status::Limit(why) = &run.status {
            place(&mut self.limits, run).insert(run.block, why);
            return Ok(());
        }
        let reading = Reading::of(run, workload, self.manifest)?;
        place(&mut self.readings, run).insert(run.block, reading);
        Ok(())
    }

    /// The workload of a run that has a place in the plan.
    fn workload_of(&self, run: &Run) -> Result<&'a Workload, String> {
        let plan = self.plan();
        let Some(workload) = plan.workload.iter().find(|workload| workload.name == run.workload) else {
            return Err(format!("the plan has no workload {:?}", run.workload));
        };
        if !self.runs(workload, &run.variant) {
            return Err(format!("the plan does not run {:?} in {:?}", run.variant, run.workload));
        }
        if run.block == 0 || run.block > plan.blocks_of(workload) {
            return Err(format!("the plan has no block {}", run.block));
        }
        Ok(workload)
    }
}

/// The reason alone, without the figures of the run.
fn reason(run: &Run, why: &str) -> String {
    match &run.status {
        Status::Void(void) => void.cause.title().to_owned(),
        Status::Failed(_) => "the variant did not do its work".to_owned(),
        Status::Measured | Status::Limit(_) => why.split(':').next().unwrap_or(why).to_owned(),
    }
}

fn order(run: &Run) -> (&str, &str, u32) {
    (&run.workload, &run.variant, run.block)
}

/// The blocks of a run's variant in its workload.
fn place<'m, 'a, T>(places: &'m mut Places<'a, T>, run: &'a Run) -> &'m mut BTreeMap<u32, T> {
    places.entry(run.workload.as_str()).or_default().entry(run.variant.as_str()).or_default()
}

fn in_blocks<'m, T>(places: &'m Places<'_, T>, workload: &str, variant: &str) -> Vec<&'m T> {
    let blocks = places.get(workload).and_then(|variants| variants.get(variant));
    blocks.into_iter().flat_map(BTreeMap::values).collect()
}

/// A variant's values of a metric in a workload, over the blocks.
pub(in crate::analysis) fn value(
    ledger: &Ledger<'_>,
    workload: &Workload,
    variant: &str,
    metric: Metric,
) -> Option<Estimate> {
    let readings = ledger.readings(&workload.name, variant).into_iter();
    let blocks: Vec<_> =
        readings.filter_map(|reading| Some((measure(metric, workload, reading)?, reading.source.clone()))).collect();
    estimate(&blocks)
}

/// Why a variant has no value in a workload; empty if it has some.
pub(in crate::analysis) fn why_none(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> String {
    if let Some(why) = ledger.not_run(variant) {
        return format!("not run: {why}");
    }
    if let Some(limit) = ledger.limits(&workload.name, variant).first() {
        return format!("limit: {}", limit.strip_prefix("limit: ").unwrap_or(limit));
    }
    if ledger.readings(&workload.name, variant).is_empty() {
        "not measured: no run counts".to_owned()
    } else {
        String::new()
    }
}
