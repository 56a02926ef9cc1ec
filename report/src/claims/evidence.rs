//! What a recording holds for the rules: values of workloads and of experiments, or why there are none.

use super::{
    decide::{Counts, Values},
    rule::{On, Shares},
};
use crate::{
    analysis::{BlockValue, Measure, Readings},
    experiments::Observation,
    format::Unit,
    results::{Contents, Observed},
    stats::{Bound, Proportion},
};

/// All that a recording holds, whichever of its plans measured it.
pub(super) struct Evidence<'a> {
    readings: Vec<Readings<'a>>,
    observed: Vec<&'a Observed>,
}

impl<'a> Evidence<'a> {
    /// That of these run directories; where two hold the same, the first counts.
    pub(super) fn of(recording: &[&'a Contents]) -> Self {
        Self {
            readings: recording.iter().map(|one| Readings::of(&one.manifest, &one.runs)).collect(),
            observed: recording.iter().flat_map(|one| &one.observed).collect(),
        }
    }

    /// A variant's values; why there are none.
    pub(super) fn values(&self, on: &On, variant: &str) -> Result<Values, String> {
        match on {
            On::Workload { workload, measure } => self.measured(workload, *measure, variant),
            On::Experiment { experiment, case, metric } => self.observed(experiment, case, metric, variant),
        }
    }

    /// A variant's values of a measure in a workload.
    pub(super) fn measured(&self, workload: &str, measure: Measure, variant: &str) -> Result<Values, String> {
        let Some(readings) = self.readings.iter().find(|one| one.has(workload)) else {
            return Err(format!("not measured: no plan of the recording has the workload {workload}"));
        };
        let blocks = readings.blocks(workload, variant, measure)?;
        Ok(Values {
            what: format!("{variant}, {} in {workload}", measure.title()),
            unit: measure.unit(),
            each: "block",
            points: blocks.iter().map(|BlockValue { block, value, .. }| (*block, *value)).collect(),
            sources: blocks.into_iter().map(|one| one.source).collect(),
        })
    }

    fn observed(&self, experiment: &str, case: &str, metric: &str, variant: &str) -> Result<Values, String> {
        let is_asked = |one: &&&Observed| one.observation.case == case && one.observation.metric == metric;
        let found: Vec<_> = self.all_of(experiment, variant)?.into_iter().filter(|one| is_asked(&one)).collect();
        if found.is_empty() {
            return Err(format!("not measured: {experiment} has no {metric} of {variant} in {case}"));
        }
        Ok(Values {
            what: format!("{variant}, {} ({case})", metric.replace('_', " ")),
            unit: Unit::Count,
            each: "round",
            points: found.iter().map(|one| (one.observation.round, Bound::Exactly(one.observation.value))).collect(),
            sources: found.iter().map(|one| one.source()).collect(),
        })
    }

    /// Whether each trial of a variant went one way; why nothing is known.
    pub(super) fn counts(&self, rule: &Shares, variant: &str) -> Result<Counts, String> {
        let is_case = |one: &Observation| rule.cases.is_empty() || rule.cases.contains(&one.case);
        let found = self.all_of(&rule.experiment, variant)?;
        let found: Vec<&Observed> = found.into_iter().filter(|one| is_case(&one.observation)).collect();
        let (mut hits, mut trials) = (0.0, 0.0);
        for one in found.iter().map(|one| &one.observation) {
            let is_hit = rule.hits.contains(&one.metric);
            hits += if is_hit { one.value } else { 0.0 };
            // What counts trials of its own is of one metric; what is counted one by one is of several.
            trials += match one.trials {
                Some(of) if is_hit => of as f64,
                Some(_) => 0.0,
                None => one.value,
            };
        }
        let share = Proportion::of(whole(hits), whole(trials));
        let none = || format!("not measured: {} counted no trial of {variant}", rule.experiment);
        Ok(Counts {
            what: format!("{variant}, {}", rule.hits.join(" or ").replace('_', " ")),
            share: share.ok_or_else(none)?,
            sources: found.iter().map(|one| one.source()).collect(),
        })
    }

    /// All observations of a variant in an experiment; why there are none.
    fn all_of(&self, experiment: &str, variant: &str) -> Result<Vec<&'a Observed>, String> {
        let all = || self.observed.iter().copied().filter(|one| one.observation.experiment == experiment);
        if all().next().is_none() {
            return Err(format!("not measured: the recording has no experiment {experiment}"));
        }
        let own: Vec<&Observed> = all().filter(|one| one.observation.variant == variant).collect();
        match own.iter().find(|one| one.observation.metric == Observation::NOT_RUN) {
            Some(missing) => {
                let why = missing.observation.note.as_deref().unwrap_or("it cannot run here");
                Err(format!("not run: {variant}: {why}"))
            }
            None => Ok(own),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts, of which a sum is whole; less than none is none"
)]
fn whole(count: f64) -> u64 {
    count.max(0.0).round() as u64
}
