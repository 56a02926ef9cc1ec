use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::workload::is_name;
use crate::fault::{Fault, demand};

/// An experiment that is no race.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Its name.
    pub name: String,
    /// How often it is repeated, where it is; each round takes every variant once.
    pub rounds: u32,
    /// How long it takes, about, seconds.
    pub takes_s: f64,
}

/// Refuses numbers that name no claim, or one twice.
pub(super) fn check_claims(claims: &[Spanned<u32>]) -> Result<(), Fault> {
    let mut taken = HashSet::new();
    for claim in claims {
        let is_new = *claim.get_ref() > 0 && taken.insert(*claim.get_ref());
        demand(claim.span(), is_new, "claims are numbers from 1, each once")?;
    }
    Ok(())
}

/// Refuses experiments that cannot be carried out, or that would write into one file.
pub(super) fn check_experiments(experiments: &[Spanned<Experiment>]) -> Result<(), Fault> {
    let mut taken = HashSet::new();
    for experiment in experiments {
        let Experiment { name, rounds, takes_s } = experiment.get_ref();
        let told = |is_met: bool, message: &str| demand(experiment.span(), is_met, message);
        told(is_name(name), "the name of an experiment has only a to z, 0 to 9 and `-`")?;
        told(taken.insert(name.as_str()), "this experiment is named twice")?;
        told((1..=999).contains(rounds), "rounds are 1 to 999")?;
        told((0.0..=3_600.0).contains(takes_s), "a time is 0 to 3600 seconds")?;
    }
    Ok(())
}
