use loadgen::result::{Limit, SweepResult};
use serde::{Deserialize, Serialize};

use crate::{results::Run, stats::Bound};

/// No generator of one machine sends more, nor does a search ask for it.
const MOST_PER_S: f64 = 1e8;

/// What a higher rate failed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// The server: some of the machine was idle.
    Server,
    /// The machine: less than 10 % of it was idle, so that client and server were in each other's way.
    #[serde(rename = "box")]
    Machine,
    /// The load generator was the limit: the server may do more.
    Generator,
}

impl EndedBy {
    /// All there are.
    pub(crate) const ALL: [Self; 3] = [Self::Server, Self::Machine, Self::Generator];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Machine => "full machine",
            Self::Generator => "generator",
        }
    }
}

/// What a search for capacity found in one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::analysis) struct Found {
    /// The highest rate that kept the objective, requests a second.
    pub(in crate::analysis) holds_per_s: f64,
    /// The lowest one that failed, twice; none where the load generator was the limit before any did.
    pub(in crate::analysis) fails_per_s: Option<f64>,
    /// What ended it.
    pub(in crate::analysis) ended_by: EndedBy,
    /// Probes that it took.
    pub(in crate::analysis) probes: u32,
}

impl Found {
    /// Reads the result of a search; why it cannot be used, if so.
    pub(super) fn of(run: &Run, objective: &str) -> Result<Self, String> {
        let sweep: SweepResult = run.result()?;
        let search = sweep.search.as_ref().ok_or("damaged: the load generator's result tells of no search")?;
        if search.objective != objective {
            return Err(format!("it was searched for {:?}, not for {objective:?}", search.objective));
        }
        let (holds, fails) = (search.holds_per_s, search.fails_per_s);
        let holds_per_s = holds.ok_or("no rate held in its search")?;
        let is_rate = |rate: f64| rate > 0.0 && rate <= MOST_PER_S;
        if !is_rate(holds_per_s) || fails.is_some_and(|fails| !is_rate(fails) || fails <= holds_per_s) {
            return Err("the rates between which its search ended make no sense".to_owned());
        }
        let ended_by = match (search.limit, fails) {
            (Limit::Server, Some(fails)) if is_cpu_bound(&sweep, fails) => EndedBy::Machine,
            (Limit::Server, Some(_)) => EndedBy::Server,
            (Limit::Generator, _) => EndedBy::Generator,
            (Limit::Server, None) => return Err(without_capacity("server, though no rate failed")),
            (Limit::Samples, _) => return Err(without_capacity("samples")),
            (Limit::Range, _) => return Err(without_capacity("range")),
            (Limit::Interrupted, _) => return Err(without_capacity("interrupted")),
            (Limit::Failed, _) => return Err(without_capacity("failed")),
        };
        let probes = u32::try_from(sweep.runs.len()).map_err(|_| "damaged: more probes than anybody makes")?;
        Ok(Self { holds_per_s, fails_per_s: fails, ended_by, probes })
    }

    /// The capacity: what held; at least that, where the server may do more.
    pub(in crate::analysis) fn capacity(&self) -> Bound {
        match self.ended_by {
            EndedBy::Server | EndedBy::Machine => Bound::Exactly(self.holds_per_s),
            EndedBy::Generator => Bound::AtLeast(self.holds_per_s),
        }
    }

    /// The rate that fails over the one that holds.
    pub(in crate::analysis) fn resolution(&self) -> Option<f64> {
        self.fails_per_s.map(|fails| fails / self.holds_per_s)
    }
}

fn without_capacity(limit: &str) -> String {
    format!("its search ended without a capacity: {limit}")
}

/// Whether less than 10 % of the machine was idle in the probes that failed at this rate.
fn is_cpu_bound(sweep: &SweepResult, rate_per_s: f64) -> bool {
    let is_at = |rate: Option<f64>| rate.is_some_and(|rate| rate.total_cmp(&rate_per_s).is_eq());
    let mut failed = sweep.runs.iter().filter(|probe| is_at(probe.rate_per_s)).peekable();
    failed.peek().is_some() && failed.all(|probe| probe.result.verdict.reasons.box_bound)
}
