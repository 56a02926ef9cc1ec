use std::time::Duration;

use serde_json::{Value, json};

use super::{Case, CaseResult, Failure, Level, Targets, escaped};

/// The outcome of a whole suite, as `loadgen check --json` prints it; `loadgen/README.md` documents the fields.
#[derive(Clone, Debug)]
pub struct Report {
    level: Level,
    targets: Vec<String>,
    outcomes: Vec<(Case, CaseResult, Duration)>,
}

impl Report {
    /// A report without outcomes.
    #[must_use]
    pub fn new(level: Level, targets: &Targets) -> Self {
        let targets = targets.clients.iter().map(ToString::to_string).collect();
        Self { level, targets, outcomes: Vec::new() }
    }

    /// Adds what became of a case and how long that took.
    pub fn add(&mut self, case: Case, result: CaseResult, took: Duration) {
        self.outcomes.push((case, result, took));
    }

    /// How many cases passed, failed and were skipped.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |is: fn(&CaseResult) -> bool| self.outcomes.iter().filter(|(_, result, _)| is(result)).count();
        (
            count(CaseResult::is_passed),
            count(|result| matches!(result, CaseResult::Failed(_))),
            count(|result| matches!(result, CaseResult::Skipped { .. })),
        )
    }

    /// The report in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let (passed, failed, skipped) = self.counts();
        let took: Duration = self.outcomes.iter().map(|(_, _, took)| *took).sum();
        format!(
            "{} level: {passed} passed, {failed} failed, {skipped} skipped in {:.1} s",
            self.level,
            took.as_secs_f64()
        )
    }

    /// Why cases were skipped, each reason with the number of its cases.
    #[must_use]
    pub fn reasons(&self) -> Vec<(&str, usize)> {
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        for (_, result, _) in &self.outcomes {
            let CaseResult::Skipped { why } = result else { continue };
            match reasons.iter_mut().find(|(reason, _)| reason == why) {
                Some((_, count)) => *count += 1,
                None => reasons.push((why, 1)),
            }
        }
        reasons
    }

    /// The report for machines.
    #[must_use]
    pub fn json(&self) -> Value {
        let (passed, failed, skipped) = self.counts();
        let cases: Vec<Value> = self.outcomes.iter().map(|(case, result, took)| outcome(case, result, *took)).collect();
        json!({
            "format": "loadgen-check/1",
            "level": self.level,
            "targets": self.targets,
            "passed": passed,
            "failed": failed,
            "skipped": skipped,
            "cases": cases,
        })
    }
}

fn outcome(case: &Case, result: &CaseResult, took: Duration) -> Value {
    let (word, why, failure) = match result {
        CaseResult::Passed => ("passed", None, None),
        CaseResult::Failed(failure) => ("failed", Some(failure.why.as_str()), Some(details(failure))),
        CaseResult::Skipped { why } => ("skipped", Some(why.as_str()), None),
    };
    json!({
        "name": case.name,
        "rules": case.rules,
        "level": case.level,
        "scope": case.scope,
        "about": case.about,
        "outcome": word,
        "why": why,
        "duration_us": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "failure": failure,
    })
}

fn details(failure: &Failure) -> Value {
    json!({
        "target": failure.target,
        "step": failure.step,
        "sent": escaped(&failure.sent),
        "expected": failure.expected,
        "got": escaped(&failure.got),
    })
}
