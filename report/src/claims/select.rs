//! What of a plan some claims need.

use std::collections::HashSet;

use super::file::Claim;
use crate::plan::Plan;

/// Leaves of a plan what these claims need: their workloads and experiments, their variants, and those that every race has.
pub fn select(plan: &mut Plan, claims: &[&Claim]) {
    let workloads: HashSet<&str> = claims.iter().flat_map(|claim| claim.workloads()).collect();
    let experiments: HashSet<&str> = claims.iter().flat_map(|claim| claim.experiments()).collect();
    let beside = |name: &str| claims.iter().any(|claim| claim.beside.iter().any(|one| one == name));
    plan.claims.retain(|number| claims.iter().any(|claim| claim.number == *number));
    plan.workload.retain(|workload| workloads.contains(workload.name.as_str()));
    plan.experiment.retain(|experiment| experiments.contains(experiment.name.as_str()));
    let needed: HashSet<&str> = claims.iter().flat_map(|claim| claim.variants()).collect();
    let shared = [plan.threads.clone(), plan.twin.clone(), plan.tasks.clone()];
    let stays = |name: &String| needed.contains(name.as_str()) || shared.contains(name);
    for workload in plan.workload.iter_mut().filter(|workload| !beside(&workload.name)) {
        workload.variants.retain(stays);
    }
    let run: HashSet<String> = plan.workload.iter().flat_map(|workload| workload.variants.clone()).collect();
    plan.variants.retain(|name| stays(name) || run.contains(name));
    plan.primary.retain(|row| workloads.contains(row.workload.as_str()) && stays(&row.a) && stays(&row.b));
}
