use std::time::Duration;

use serde::Serialize;

use super::{Case, CaseResult, Failure, Level, Scope, Targets, escaped};

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

    /// The report as `--json` prints it.
    #[must_use]
    pub fn document(&self) -> Document<'_> {
        let (passed, failed, skipped) = self.counts();
        Document {
            format: "loadgen-check/1",
            level: self.level,
            targets: &self.targets,
            passed,
            failed,
            skipped,
            cases: self.outcomes.iter().map(|(case, result, took)| PlayedCase::of(case, result, *took)).collect(),
        }
    }
}

/// The document of `loadgen check --json`.
#[derive(Clone, Debug, Serialize)]
pub struct Document<'a> {
    format: &'static str,
    level: Level,
    targets: &'a [String],
    passed: usize,
    failed: usize,
    skipped: usize,
    cases: Vec<PlayedCase<'a>>,
}

/// What became of one case.
#[derive(Clone, Debug, Serialize)]
struct PlayedCase<'a> {
    name: &'a str,
    rules: &'a [String],
    level: Level,
    scope: Scope,
    about: &'a str,
    outcome: &'static str,
    why: Option<&'a str>,
    duration_us: u64,
    failure: Option<Details<'a>>,
}

/// Where and how a case failed; bytes are escaped.
#[derive(Clone, Debug, Serialize)]
struct Details<'a> {
    target: &'a str,
    step: &'a str,
    sent: String,
    expected: &'a str,
    got: String,
}

impl<'a> PlayedCase<'a> {
    fn of(case: &'a Case, result: &'a CaseResult, took: Duration) -> Self {
        let (outcome, why, failure) = match result {
            CaseResult::Passed => ("passed", None, None),
            CaseResult::Failed(failure) => ("failed", Some(failure.why.as_str()), Some(Details::of(failure))),
            CaseResult::Skipped { why } => ("skipped", Some(why.as_str()), None),
        };
        Self {
            name: &case.name,
            rules: &case.rules,
            level: case.level,
            scope: case.scope,
            about: &case.about,
            outcome,
            why,
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            failure,
        }
    }
}

impl<'a> Details<'a> {
    fn of(failure: &'a Failure) -> Self {
        Self {
            target: &failure.target,
            step: &failure.step,
            sent: escaped(&failure.sent),
            expected: &failure.expected,
            got: escaped(&failure.got),
        }
    }
}
