use super::{
    objective::Objective,
    points::Point,
    runner::Runner,
    search::{RESOLUTION, Search},
};
use crate::{
    result::{Limit, SearchResult},
    run::{LoadArgs, Measurement, Met, Pace},
};

/// Where a climb begins when nothing is said, in requests a second.
const START_PER_S: f64 = 1_000.0;
/// A rate fails only if it fails so often (METHOD 2.6); so does the generator.
const TWICE: u32 = 2;

/// What one run says of its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Holds,
    Fails,
    /// The run is generator-limited, so the failure, or the load itself, is in doubt.
    GeneratorLimited,
    TooFew,
}

/// The outcome of a search.
#[derive(Debug)]
pub(super) struct Capacity {
    objective: Objective,
    pub(super) search: Search,
    pub(super) limit: Limit,
}

impl Capacity {
    /// Searches for the highest rate that keeps to the objective. What was found before a run failed is kept beside why.
    pub(super) fn find(
        objective: &Objective,
        load: &LoadArgs,
        runner: &mut Runner<'_>,
    ) -> (Self, Option<anyhow::Error>) {
        let search = Search::dithered(load.rate_per_s().unwrap_or(START_PER_S), load.seed());
        let mut capacity = Self { objective: objective.clone(), search, limit: Limit::Range };
        while let Some(rate_per_s) = capacity.search.next_per_s() {
            let limit = match decide(objective, load, runner, rate_per_s) {
                Ok(Some(Probe::Holds)) => {
                    capacity.search.note_holds(rate_per_s);
                    continue;
                }
                Ok(Some(Probe::Fails)) => {
                    capacity.search.note_fails(rate_per_s);
                    continue;
                }
                Ok(Some(Probe::GeneratorLimited)) => Limit::Generator,
                Ok(Some(Probe::TooFew)) => Limit::Samples,
                Ok(None) => Limit::Interrupted,
                Err(error) => return (Self { limit: Limit::Failed, ..capacity }, Some(error)),
            };
            return (Self { limit, ..capacity }, None);
        }
        if let (Some(_), Some(_)) = (capacity.search.holds_per_s, capacity.search.fails_per_s) {
            capacity.limit = Limit::Server;
        }
        (capacity, None)
    }

    /// Whether any rate held.
    pub(super) fn holds(&self) -> bool {
        self.search.holds_per_s.is_some()
    }

    /// What was found, in at most three lines of 80 columns.
    pub(super) fn text(&self) -> String {
        let objective = &self.objective;
        let found = match (self.search.holds_per_s, self.search.fails_per_s) {
            (Some(holds), Some(fails)) => {
                format!("holds at {holds:.1}/s, fails at {fails:.1}/s (search resolution {:.3})", fails / holds)
            }
            (Some(holds), None) => format!("holds at {holds:.1}/s, and no rate that was tried fails"),
            (None, Some(fails)) => format!("fails at {fails:.1}/s, and no rate that was tried holds"),
            (None, None) => "nothing is known".to_owned(),
        };
        let why = match self.limit {
            Limit::Server => "limit: server",
            Limit::Generator => "limit: generator; this is no figure of the server, which may do more",
            Limit::Samples => "limit: samples; the percentile needs a longer --duration at this rate",
            Limit::Range => "limit: range; there is no further rate to try",
            Limit::Interrupted => "interrupted",
            Limit::Failed => "the next run could not be carried out",
        };
        format!("{objective}\n{found}\n{why}\n")
    }

    /// The search as `--json` writes it.
    pub(super) fn written(&self) -> SearchResult {
        let Search { holds_per_s, fails_per_s, .. } = self.search;
        SearchResult {
            objective: self.objective.to_string(),
            holds_per_s,
            fails_per_s,
            search_resolution: fails_per_s.zip(holds_per_s).map(|(fails, holds)| fails / holds),
            wanted_resolution: RESOLUTION,
            limit: self.limit,
        }
    }
}

/// Tries a rate until it holds, or something else is found of it twice; nothing when the search is interrupted.
fn decide(
    objective: &Objective,
    load: &LoadArgs,
    runner: &mut Runner<'_>,
    rate_per_s: f64,
) -> anyhow::Result<Option<Probe>> {
    let (mut fails, mut generator_limited) = (0, 0);
    loop {
        let point = Point {
            pace: Pace::RatePerS(rate_per_s),
            connections: load.connections(),
            repetition: fails + generator_limited,
        };
        let further = runner.runs.len() as u64;
        let Some(measurement) = runner.make(point, further)? else { return Ok(None) };
        if measurement.verdict.interrupted {
            return Ok(None);
        }
        let (probe, note) = judge(objective, &measurement);
        if let Some(last) = runner.runs.last_mut() {
            note.clone_into(&mut last.note);
        }
        match probe {
            Probe::Holds | Probe::TooFew => return Ok(Some(probe)),
            Probe::Fails => fails += 1,
            Probe::GeneratorLimited => generator_limited += 1,
        }
        if fails == TWICE || generator_limited == TWICE {
            return Ok(Some(probe));
        }
    }
}

/// A latency from the intended start holds what the generator was late, so an objective that is met is met; but only if
/// the load was sent. An objective that is missed may be the generator's fault.
fn judge(objective: &Objective, measurement: &Measurement) -> (Probe, &'static str) {
    match objective.is_met(measurement) {
        Met::Yes if measurement.is_offered() => (Probe::Holds, "holds"),
        Met::TooFew => (Probe::TooFew, "too few"),
        Met::Yes => (Probe::GeneratorLimited, "GENERATOR"),
        Met::No(_) if measurement.verdict.is_generator_limited() => (Probe::GeneratorLimited, "GENERATOR"),
        Met::No(_) if measurement.verdict.overloaded.is_some() => (Probe::Fails, "OVERLOADED"),
        Met::No(_) => (Probe::Fails, "fails"),
    }
}
