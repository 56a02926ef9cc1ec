//! The experiments of a plan that are no race, after its last block. What was carried out whole is never carried out again.

use std::{cell::RefCell, env, time::Duration};

use anyhow::Context as _;

use super::environment::Environment;
use crate::{
    experiments::{Context, Observation, dependencies, faults, joining, kernels, order},
    plan::{Experiment, Plan},
    results::RunDirectory,
};

/// An experiment: what it observes is told one by one.
type Run = fn(&Context<'_>, &mut dyn FnMut(Observation)) -> anyhow::Result<()>;

/// All there are, by name.
const KNOWN: [(&str, Run); 5] = [
    ("dependencies", dependencies::run),
    ("faults", faults::run),
    ("joining", joining::run),
    ("kernels", kernels::run),
    ("order", order::run),
];

/// Carries out what is not there yet.
pub(super) fn carry_out(directory: &RunDirectory, plan: &Plan, environment: &mut Environment) -> anyhow::Result<()> {
    for experiment in &plan.experiment {
        environment.interrupt.check()?;
        let length = Duration::from_secs_f64(experiment.takes_s);
        if directory.has_experiment(&experiment.name) {
            environment.progress.skip(length);
            continue;
        }
        let observed = observe(experiment, plan.seed, environment)?;
        // One that was interrupted is not whole.
        environment.interrupt.check()?;
        directory.write_experiment(&experiment.name, &observed)?;
        environment.progress.advance(length);
    }
    Ok(())
}

fn observe(experiment: &Experiment, seed: u64, environment: &mut Environment) -> anyhow::Result<Vec<Observation>> {
    let name = &experiment.name;
    let known = KNOWN.iter().find(|(known, _)| known == name);
    let (_, run) = known.with_context(|| {
        let names = KNOWN.map(|(known, _)| known).join(", ");
        format!("there is no experiment {name:?}; there are {names}")
    })?;
    let guard = environment.guard.clone();
    let progress = RefCell::new(&mut environment.progress);
    let context = Context {
        project: env::current_dir()?,
        rounds: experiment.rounds,
        seed,
        guard,
        programs: None,
        tell: &|what| progress.borrow_mut().show(&format!("experiment {name}: {what}")),
    };
    let mut observed = Vec::new();
    run(&context, &mut |observation| observed.push(observation)).with_context(|| format!("the experiment {name}"))?;
    Ok(observed)
}
