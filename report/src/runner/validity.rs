use loadgen::result::{PaceName, Quantile, RunPlan, RunResult};

use super::server::PausedUse;
use crate::{
    plan::Gates,
    results::{Cause, Status, Void},
};

/// Searches that were answered without places, as a share of all right replies, from which a run shows what the provider's
/// calls are limited by, not what a server does.
const WITHOUT_PLACES: f64 = 0.001;
/// Share of the searches in a window that must have asked the provider: the mix is drawn, so that they are counted only
/// about.
const MOST_OF: f64 = 0.8;
/// What a process says that has run out of something, with the name of what it ran out of.
const LIMITS: [(&str, &str); 10] = [
    ("do not fit", "descriptors"),
    ("Too many open files", "descriptors"),
    ("EMFILE", "descriptors"),
    ("Resource temporarily unavailable", "threads"),
    ("start new thread", "threads"),
    ("create native thread", "threads"),
    ("cannot start a thread", "threads"),
    ("Cannot allocate memory", "memory"),
    ("OutOfMemory", "memory"),
    ("Cannot assign requested address", "ports"),
];

/// What a run is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// How fast a server is: a load generator that was too slow spoils it.
    Times,
    /// What a server holds or spends: no time of a request matters.
    Memory,
}

/// What is known of a run that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a, T = RunResult> {
    pub(super) purpose: Purpose,
    /// The load generator's result, where it has one.
    pub(super) load: Option<&'a T>,
    /// What the load generator said.
    pub(super) said: &'a str,
    /// How the server ended, if it did.
    pub(super) server_end: Option<&'a str>,
    /// What the server said.
    pub(super) server_said: &'a str,
    /// Searches that the provider of places was asked for meanwhile.
    pub(super) asked: u64,
}

/// Whether a run of one variant alone counts.
pub(super) fn judge(evidence: &Evidence<'_>, gates: &Gates, paused: &PausedUse) -> Status {
    let void = |load: &RunResult| match evidence.purpose {
        Purpose::Times => stolen(gates, steal(load))
            .or_else(|| waited(gates, paused.share, &paused.most))
            .or_else(|| if load.plan.pace == PaceName::Open { late(gates, load) } else { None }),
        Purpose::Memory => None,
    };
    own_fault(evidence).or_else(|| void(evidence.load?).map(Status::Void)).unwrap_or(Status::Measured)
}

/// What is wrong with a run that is its own server's doing, or a limit of the system that it reached.
pub(super) fn own_fault(evidence: &Evidence<'_>) -> Option<Status> {
    let load = match result_of(evidence) {
        Ok(load) => load,
        Err(status) => return Some(status),
    };
    wrong_replies(load)
        .map(Status::Failed)
        .or_else(|| limited(load, evidence.server_said).map(Status::Limit))
        .or_else(|| other_work(&load.plan, load.completed, evidence.asked).map(Status::Limit))
        .or_else(|| nothing_right(evidence.purpose, load).map(Status::Failed))
}

/// The load generator's result; what is to be said of a run that has none, or whose server ended.
pub(super) fn result_of<'a, T>(evidence: &Evidence<'a, T>) -> Result<&'a T, Status> {
    if let Some(end) = evidence.server_end {
        let why = || format!("the server ended during the run ({end}): {}", last_line(evidence.server_said));
        return Err(limit(evidence.server_said).unwrap_or_else(|| Status::Failed(why())));
    }
    evidence.load.ok_or_else(|| {
        let why = || format!("the load generator failed: {}", last_line(evidence.said));
        limit(evidence.said).or_else(|| limit(evidence.server_said)).unwrap_or_else(|| Status::Failed(why()))
    })
}

pub(super) fn wrong_replies(load: &RunResult) -> Option<String> {
    let (wrong, short, extra) = (load.faults.wrong, load.faults.short, load.connections.extra);
    let first = load.kept_replies.first().map_or("", String::as_str);
    (wrong + short + extra > 0)
        .then(|| format!("wrong replies: {wrong} wrong, {short} cut off, {extra} that nobody asked for; {first}"))
}

/// What of the machine its host gave to others in a run.
pub(super) fn steal(load: &RunResult) -> f64 {
    load.spent.steal_share.unwrap_or(0.0)
}

pub(super) fn stolen(gates: &Gates, steal: f64) -> Option<Void> {
    let (is, may) = (steal * 100.0, gates.steal * 100.0);
    let detail = || format!("the host gave {is:.1} % of the machine to others, where {may} % may be");
    (steal > gates.steal).then(|| Void::new(Cause::Steal, detail()))
}

pub(super) fn waited(gates: &Gates, share: f64, most: &str) -> Option<Void> {
    let (is, may) = (share * 100.0, gates.waiting * 100.0);
    let who = if most.is_empty() { String::new() } else { format!(", {most} most of it") };
    let detail = || format!("the servers that waited used {is:.1} % of a processor{who}, where {may} % may be");
    (share > gates.waiting).then(|| Void::new(Cause::Waiting, detail()))
}

/// The bound is the plan's, whatever the server's own latency: one that is read from it would void the fast servers' runs.
pub(super) fn late(gates: &Gates, load: &RunResult) -> Option<Void> {
    let late_us = match load.wake_lag.percentiles.p99 {
        Quantile::Exactly(us) | Quantile::AtLeast(us) => us,
        Quantile::TooFew => return None,
    };
    let may_us = gates.wake_lag_us;
    let detail =
        || format!("the load generator was {late_us:.0} µs late at the 99th percentile, where {may_us} µs may be");
    (late_us > may_us).then(|| Void::new(Cause::Late, detail()))
}

fn limited(load: &RunResult, server_said: &str) -> Option<String> {
    if let Some(why) = &load.verdict.reasons.overloaded {
        return Some(format!("limit: overloaded: {why}"));
    }
    refused(load, server_said).or_else(|| without_places(load))
}

pub(super) fn refused(load: &RunResult, server_said: &str) -> Option<String> {
    let refused = load.faults.refused;
    let farewell = load.kept_replies.first().map_or("", String::as_str);
    let of = limit_in(server_said).unwrap_or("connections");
    (refused > 0).then(|| format!("limit: {of}: the server refused {refused} requests; {farewell}"))
}

pub(super) fn without_places(load: &RunResult) -> Option<String> {
    let (without, replies) = (load.connections.without_places, load.replies);
    (without as f64 > replies as f64 * WITHOUT_PLACES)
        .then(|| format!("limit: places: {without} of {replies} replies came without places"))
}

/// Each search asks the provider, or the server does less than the others (benches/rivals/README.md, "Same work").
pub(super) fn other_work(plan: &RunPlan, completed: u64, asked: u64) -> Option<String> {
    let searches = completed as f64 * plan.workload.whatsat_share().unwrap_or(0.0);
    ((asked as f64) < searches * MOST_OF).then(|| {
        format!("limit: places: about {searches:.0} searches asked the provider {asked} times: not the same work")
    })
}

fn nothing_right(purpose: Purpose, load: &RunResult) -> Option<String> {
    // At a step of memory nobody may have been due within the window; that all connections stand is known otherwise.
    let replies = match purpose {
        Purpose::Times => load.completed,
        Purpose::Memory => load.replies,
    };
    (replies == 0).then(|| "not one request was answered rightly".to_owned())
}

pub(super) fn limit(said: &str) -> Option<Status> {
    limit_in(said).map(|of| Status::Limit(format!("limit: {of}: {}", last_line(said))))
}

fn limit_in(said: &str) -> Option<&'static str> {
    LIMITS.iter().find(|(words, _)| said.contains(words)).map(|(_, of)| *of)
}

pub(super) fn last_line(said: &str) -> &str {
    said.trim_end().lines().last().unwrap_or("it said nothing")
}

#[cfg(test)]
pub(super) mod tests {
    use loadgen::result::{EXAMPLE_RUN, from_value};
    use serde_json::{Value, json};

    use super::*;

    /// A run of 50 updates and 50 searches, as a document.
    pub(in crate::runner) fn fine() -> Value {
        let mut run: Value = serde_json::from_str(EXAMPLE_RUN).unwrap();
        for (pointer, instead) in [
            ("/completed", json!(100)),
            ("/replies", json!(150)),
            ("/faults/timed_out", json!(3)),
            ("/kept_replies", json!(["first"])),
            ("/spent/steal_share", json!(0.01)),
            ("/plan/pace", json!("open")),
            ("/plan/workload/iamat", json!(1)),
            ("/plan/workload/whatsat", json!(0)),
            ("/verdict/reasons/generator_limited", json!([])),
            ("/verdict/reasons/box_bound", json!(false)),
        ] {
            *run.pointer_mut(pointer).unwrap() = instead;
        }
        run
    }

    fn judged(load: &Value) -> Status {
        judge(&evidence(Some(&from_value(load).unwrap())), &Gates::default(), &PausedUse::default())
    }

    pub(in crate::runner) fn evidence<T>(load: Option<&T>) -> Evidence<'_, T> {
        let (purpose, asked) = (Purpose::Times, 50);
        Evidence { purpose, load, said: "", server_end: None, server_said: "", asked }
    }

    /// What is said of a run in which one value is another.
    fn told(pointer: &str, instead: Value) -> Status {
        let mut load = fine();
        *load.pointer_mut(pointer).unwrap() = instead;
        judged(&load)
    }

    #[test]
    fn a_run_without_faults_counts_and_so_does_one_with_late_replies() {
        assert_eq!(judged(&fine()), Status::Measured);
    }

    #[test]
    fn what_a_server_does_wrong_is_its_own_fault() {
        for (pointer, instead, expected) in [
            ("/faults/wrong", json!(2), "wrong replies: 2 wrong, 0 cut off, 0 that nobody asked for; first"),
            ("/faults/short", json!(1), "wrong replies: 0 wrong, 1 cut off"),
            ("/connections/extra", json!(1), "wrong replies: 0 wrong, 0 cut off, 1 that"),
            ("/completed", json!(0), "not one request"),
        ] {
            let Status::Failed(why) = told(pointer, instead) else { panic!("{pointer} is no fault") };
            assert!(why.starts_with(expected), "{why}");
        }
    }

    #[test]
    fn what_the_machine_does_voids_a_run_by_the_plans_bounds() {
        for (pointer, instead, cause) in [
            ("/spent/steal_share", json!(0.06), Cause::Steal),
            ("/wake_lag/percentiles/p99", json!({ "us": 1_001.0 }), Cause::Late),
        ] {
            let Status::Void(void) = told(pointer, instead) else { panic!("{pointer} does not void") };
            assert_eq!(void.cause, cause, "{void:?}");
        }
        assert_eq!(told("/spent/steal_share", json!(0.05)), Status::Measured);
        assert_eq!(told("/wake_lag/percentiles/p99", json!({ "us": 1_000.0 })), Status::Measured);
    }

    #[test]
    fn how_fast_a_server_was_voids_nothing() {
        // What the generator says of itself goes with the server's own latency, and a closed loop has no schedule.
        let fast = json!({ "us": 10.0 });
        assert_eq!(told("/latency/from_intended/percentiles/p99", fast), Status::Measured);
        assert_eq!(told("/verdict/reasons/generator_limited", json!(["a worker was busy"])), Status::Measured);
        let mut load = fine();
        load["plan"]["pace"] = json!("closed");
        load["wake_lag"]["percentiles"]["p99"] = json!({ "us": 90_000.0 });
        assert_eq!(judged(&load), Status::Measured);
    }

    #[test]
    fn a_limit_is_told_as_one() {
        for (pointer, instead, expected) in [
            ("/verdict/reasons/overloaded", json!("full"), "limit: overloaded: full"),
            ("/faults/refused", json!(7), "limit: connections: the server refused 7"),
            ("/connections/without_places", json!(1), "limit: places: 1 of 150"),
        ] {
            let Status::Limit(why) = told(pointer, instead) else { panic!("{pointer} is no limit") };
            assert!(why.starts_with(expected), "{why}");
        }
        let mut load = fine();
        load["plan"]["workload"]["whatsat"] = json!(3);
        let Status::Limit(why) = judged(&load) else { panic!("no limit") };
        assert!(why.starts_with("limit: places: about 75 searches asked the provider 50 times"), "{why}");
        let said = "loadgen run: 30000 connections do not fit: this process may open 20000 files";
        let failed = Evidence { said, ..evidence::<RunResult>(None) };
        let Some(Status::Limit(why)) = own_fault(&failed) else { panic!("no limit") };
        assert!(why.starts_with("limit: descriptors: "), "{why}");
    }

    #[test]
    fn a_server_that_ends_has_failed_unless_it_ran_out_of_something() {
        let load = from_value(&fine()).unwrap();
        let ended = Evidence { server_end: Some("signal: 11"), ..evidence(Some(&load)) };
        assert!(matches!(own_fault(&ended), Some(Status::Failed(why)) if why.contains("signal: 11")));
        let starved = Evidence { server_said: "java.lang.OutOfMemoryError", ..ended };
        assert!(matches!(own_fault(&starved), Some(Status::Limit(why)) if why.starts_with("limit: memory")));
    }

    #[test]
    fn servers_that_do_not_wait_void_a_run() {
        let load = from_value(&fine()).unwrap();
        let used = PausedUse { share: 0.02, most: "java-platform".to_owned() };
        let expected = "2.0 % of a processor, java-platform most of it";
        let status = judge(&evidence(Some(&load)), &Gates::default(), &used);
        assert!(matches!(status, Status::Void(void) if void.detail.contains(expected)));
    }
}
