use super::{figures::Figures, found::Found};
use crate::{
    plan::{Role, Workload},
    results::{MemoryStep, Run, Status},
};

/// More processor time than this of the servers that wait voids a run (METHOD 2.1).
const MOST_WAITING_CPU: f64 = 0.01;

/// One run that counts.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Reading<'a> {
    /// The run, whole.
    pub(in crate::analysis) run: &'a Run,
    /// Its file, from the run directory.
    pub(in crate::analysis) source: String,
    /// What the load generator saw; none in workloads of the roles `memory` and `capacity`.
    pub(in crate::analysis) figures: Option<Figures>,
    /// What a search found; none in workloads of other roles than `capacity`.
    pub(in crate::analysis) found: Option<Found>,
}

impl<'a> Reading<'a> {
    /// Reads a measured run; why it does not count, if so.
    pub(super) fn of(run: &'a Run, workload: &Workload, processors: u32) -> Result<Self, String> {
        match &run.status {
            Status::Measured => {}
            Status::Excluded(why) | Status::Limit(why) => return Err(why.clone()),
        }
        if !(0.0..=MOST_WAITING_CPU).contains(&run.waiting_cpu_share) {
            return Err(format!(
                "servers that should only wait used {:.1} % of a processor",
                run.waiting_cpu_share * 100.0
            ));
        }
        let (figures, found) = match workload.role {
            Role::Memory => check_steps(&run.memory).map(|()| (None, None))?,
            Role::Race | Role::Map | Role::Rate | Role::Herd | Role::Farthest => {
                (Some(Figures::of(run, processors)?), None)
            }
            Role::Capacity => {
                let objective = workload.objective.as_ref().map(ToString::to_string).unwrap_or_default();
                (None, Some(Found::of(run, &objective)?))
            }
        };
        Ok(Self { run, source: run.source(), figures, found })
    }

    /// What of a processor the stand-in for places used, over warm-up and window; none where none ran.
    pub(in crate::analysis) fn places_share(&self) -> Option<f64> {
        let (places, figures) = (self.run.places?, self.figures.as_ref()?);
        let share = places.cpu_s / (figures.warmup_s + figures.window_s);
        share.is_finite().then_some(share)
    }
}

fn check_steps(steps: &[MemoryStep]) -> Result<(), String> {
    if steps.iter().any(|step| step.held.pss_kib.is_some()) {
        Ok(())
    } else {
        Err("damaged: memory was read at no step".to_owned())
    }
}
