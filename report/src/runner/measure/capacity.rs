use loadgen::result::{Limit, RunResult, SearchResult, SweepResult};

use super::{Measurement, timed};
use crate::{
    plan::{Gates, Plan, Workload},
    results::{Cause, Status, Void},
    runner::{
        environment::Environment,
        load::Load,
        server::PausedUse,
        servers::BlockServers,
        validity::{Evidence, other_work, refused, result_of, steal, stolen, waited, without_places, wrong_replies},
    },
    variant::Variant,
};

/// Searches for the highest rate at which a server keeps the workload's objective.
pub(in crate::runner) fn measure(
    environment: &Environment,
    plan: &Plan,
    servers: &mut BlockServers,
    variant: &Variant,
    workload: &Workload,
    block: u32,
) -> anyhow::Result<Measurement> {
    let load = Load::of_search(workload, plan, block, &variant.name);
    let judge = |evidence: &Evidence<'_, SweepResult>, paused: &PausedUse| judge(evidence, &plan.gates, paused);
    timed::drive(environment, plan, servers, variant, workload, (&load, judge))
}

/// Whether a search for capacity counts: its result is that of `loadgen sweep --find-capacity`.
///
/// That its probes were overloaded, or the load generator the limit of one of them, is what such a search is about: how it
/// ended stands in its result. What voids any run voids it too.
fn judge(evidence: &Evidence<'_, SweepResult>, gates: &Gates, paused: &PausedUse) -> Status {
    match result_of(evidence) {
        Ok(sweep) => judge_search(evidence, sweep, gates, paused),
        Err(status) => status,
    }
}

fn judge_search(
    evidence: &Evidence<'_, SweepResult>,
    sweep: &SweepResult,
    gates: &Gates,
    paused: &PausedUse,
) -> Status {
    let probes: Vec<&RunResult> = sweep.runs.iter().map(|run| &run.result).collect();
    let steal = probes.iter().map(|probe| steal(probe)).sum::<f64>() / probes.len().max(1) as f64;
    let failed = |why: String| Void::new(Cause::Generator, why);
    probes
        .iter()
        .find_map(|probe| wrong_replies(probe).map(Status::Failed))
        .or_else(|| broken(sweep).map(failed).map(Status::Void))
        .or_else(|| stolen(gates, steal).or_else(|| waited(gates, paused.share, &paused.most)).map(Status::Void))
        .or_else(|| limited(evidence, sweep, &probes).map(Status::Limit))
        .or_else(|| sweep.search.as_ref().and_then(generator).map(failed).map(Status::Void))
        .unwrap_or(Status::Measured)
}

/// Why a search was not carried out to its end.
fn broken(sweep: &SweepResult) -> Option<String> {
    if let Some(error) = &sweep.error {
        return Some(format!("the load generator failed: {error}"));
    }
    match sweep.search.as_ref().map(|search| search.limit) {
        Some(Limit::Server | Limit::Generator | Limit::Samples | Limit::Range) => None,
        Some(Limit::Interrupted) => Some("the search was not carried out: interrupted".to_owned()),
        Some(Limit::Failed) => Some("the search was not carried out: failed".to_owned()),
        None => Some("the load generator tells of no search".to_owned()),
    }
}

/// What else than the server's speed ended it.
fn limited(evidence: &Evidence<'_, SweepResult>, sweep: &SweepResult, probes: &[&RunResult]) -> Option<String> {
    let refused = probes.iter().find_map(|probe| refused(probe, evidence.server_said));
    refused.or_else(|| not_kept(sweep)).or_else(|| sweep.search.as_ref().and_then(unfinished)).or_else(|| {
        // One search may be asked of the provider in any of the probes.
        let completed = probes.iter().map(|probe| probe.completed).sum();
        other_work(&probes.first()?.plan, completed, evidence.asked)
    })
}

/// A rate that a server holds because it answers without places is no capacity.
fn not_kept(sweep: &SweepResult) -> Option<String> {
    sweep.runs.iter().filter(|run| run.note == "holds").find_map(|run| without_places(&run.result))
}

/// A search that found no rate on either side, and for which that is no fault of the load generator.
fn unfinished(search: &SearchResult) -> Option<String> {
    let objective = &search.objective;
    match (search.limit, search.holds_per_s, search.fails_per_s) {
        (Limit::Samples, ..) => {
            Some(format!("limit: samples: a probe has too few for {objective}; it needs a longer `measure_s`"))
        }
        (Limit::Range, None, _) => Some(format!("limit: objective: no rate that was tried keeps {objective}")),
        (Limit::Range, Some(holds), None) => Some(format!("limit: range: even {holds:.0}/s keeps {objective}")),
        (Limit::Range, Some(_), Some(_))
        | (Limit::Server | Limit::Generator | Limit::Interrupted | Limit::Failed, ..) => None,
    }
}

/// The load generator was the limit before any rate held: nothing is known of the server.
fn generator(search: &SearchResult) -> Option<String> {
    (search.limit == Limit::Generator && search.holds_per_s.is_none())
        .then(|| "generator-limited, twice at the first rate that was tried".to_owned())
}

#[cfg(test)]
mod tests {
    use loadgen::result::from_value;
    use serde_json::{Value, json};

    use super::*;
    use crate::runner::validity::tests::{evidence, fine};

    /// A search of two probes.
    fn found() -> Value {
        let probe = |note: &str| json!({ "rate_per_s": 1000.0, "connections": 5, "repetition": 0, "seed": 3, "note": note, "result": fine() });
        json!({
            "format": "loadgen-sweep/1", "loadgen_version": "0.1.0", "started_unix_s": 1.5, "seed": 3, "repeat": 1,
            "drain_s": 0.3, "runs": [probe("holds"), probe("fails")], "search": search("server"), "interrupted": false,
            "error": null,
        })
    }

    fn search(limit: &str) -> Value {
        json!({ "objective": "p99<=50ms", "holds_per_s": 1000.0, "fails_per_s": 1090.0, "search_resolution": 1.09,
            "wanted_resolution": 1.1, "limit": limit })
    }

    fn without_rates(limit: &str) -> Value {
        let mut search = search(limit);
        (search["holds_per_s"], search["fails_per_s"]) = (Value::Null, Value::Null);
        search
    }

    fn told(pointer: &str, instead: Value) -> Status {
        let mut sweep = found();
        *sweep.pointer_mut(pointer).unwrap() = instead;
        judge(&evidence(Some(&from_value(&sweep).unwrap())), &Gates::default(), &PausedUse::default())
    }

    #[test]
    fn a_search_counts_though_probes_fail_as_they_must() {
        assert_eq!(told("/runs/1/result/verdict/reasons/overloaded", json!("full")), Status::Measured);
        assert_eq!(told("/runs/1/result/verdict/reasons/generator_limited", json!(["late"])), Status::Measured);
        assert_eq!(told("/runs/1/result/connections/without_places", json!(9)), Status::Measured);
        assert_eq!(told("/search/limit", json!("generator")), Status::Measured);
    }

    #[test]
    fn what_voids_a_probe_voids_the_search() {
        for (pointer, instead, expected) in [
            ("/runs/0/result/spent/steal_share", json!(0.2), "the host gave 10.5 %"),
            ("/error", json!("no route"), "the load generator failed: no route"),
            ("/search/limit", json!("interrupted"), "the search was not carried out: interrupted"),
            ("/search", json!(null), "the load generator tells of no search"),
            ("/search", without_rates("generator"), "generator-limited, twice at the first"),
        ] {
            let Status::Void(void) = told(pointer, instead) else { panic!("{pointer} does not void") };
            assert!(void.detail.starts_with(expected), "{void:?}");
        }
    }

    #[test]
    fn wrong_replies_of_a_probe_are_the_servers_fault() {
        let status = told("/runs/1/result/faults/wrong", json!(2));
        assert!(matches!(status, Status::Failed(why) if why.starts_with("wrong replies: 2 wrong")));
    }

    #[test]
    fn what_ends_a_search_but_speed_is_a_limit() {
        for (pointer, instead, expected) in [
            ("/runs/1/result/faults/refused", json!(7), "limit: connections: the server refused 7"),
            ("/runs/0/result/connections/without_places", json!(9), "limit: places: 9 of 150"),
            ("/search/limit", json!("samples"), "limit: samples: a probe has too few for p99<=50ms"),
            ("/search", without_rates("range"), "limit: objective: no rate"),
        ] {
            let Status::Limit(why) = told(pointer, instead) else { panic!("{pointer} is no limit") };
            assert!(why.starts_with(expected), "{why}");
        }
    }
}
