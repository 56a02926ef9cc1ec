use serde::Deserialize;
use serde_json::Value;

use crate::{analysis::capacity::EndedBy, stats::Bound};

/// The schema that is read.
const FORMAT: &str = "loadgen-sweep/1";
/// No generator of one machine sends more, nor does a search ask for it.
const MOST_PER_S: f64 = 1e8;

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

/// What is read of a sweep.
#[derive(Deserialize)]
struct Sweep {
    format: String,
    runs: Vec<Probe>,
    search: Search,
}

#[derive(Deserialize)]
struct Probe {
    rate_per_s: f64,
    result: Value,
}

#[derive(Deserialize)]
struct Search {
    objective: String,
    holds_per_s: Option<f64>,
    fails_per_s: Option<f64>,
    limit: String,
}

impl Found {
    /// Reads the result of a search; why it cannot be believed, if so.
    pub(super) fn of(loadgen: &Value, objective: &str) -> Result<Self, String> {
        let sweep = Sweep::deserialize(loadgen).map_err(|error| format!("damaged: {error}"))?;
        if sweep.format != FORMAT {
            return Err(format!("damaged: the load generator's result is {:?}, not {FORMAT:?}", sweep.format));
        }
        if sweep.search.objective != objective {
            return Err(format!("it was searched for {:?}, not for {objective:?}", sweep.search.objective));
        }
        let (holds, fails) = (sweep.search.holds_per_s, sweep.search.fails_per_s);
        let holds_per_s = holds.ok_or("no rate held in its search")?;
        let is_rate = |rate: f64| rate > 0.0 && rate <= MOST_PER_S;
        if !is_rate(holds_per_s) || fails.is_some_and(|fails| !is_rate(fails) || fails <= holds_per_s) {
            return Err("the rates between which its search ended make no sense".to_owned());
        }
        let ended_by = match (sweep.search.limit.as_str(), fails) {
            ("server", Some(fails)) if sweep.is_box_bound(fails) => EndedBy::Box,
            ("server", Some(_)) => EndedBy::Server,
            ("generator", _) => EndedBy::Generator,
            (other, _) => return Err(format!("its search ended without a capacity: {other}")),
        };
        let probes = u32::try_from(sweep.runs.len()).map_err(|_| "damaged: more probes than anybody makes")?;
        Ok(Self { holds_per_s, fails_per_s: fails, ended_by, probes })
    }

    /// The capacity: what held; at least that, where the server may do more.
    pub(in crate::analysis) fn capacity(&self) -> Bound {
        match self.ended_by {
            EndedBy::Server | EndedBy::Box => Bound::Exactly(self.holds_per_s),
            EndedBy::Generator => Bound::AtLeast(self.holds_per_s),
        }
    }

    /// The rate that fails over the one that holds.
    pub(in crate::analysis) fn resolution(&self) -> Option<f64> {
        self.fails_per_s.map(|fails| fails / self.holds_per_s)
    }
}

impl Sweep {
    /// Whether less than 10 % of the machine was idle in the probes that failed at this rate.
    fn is_box_bound(&self, rate_per_s: f64) -> bool {
        let mut failed = self.runs.iter().filter(|probe| probe.rate_per_s.total_cmp(&rate_per_s).is_eq()).peekable();
        failed.peek().is_some() && failed.all(|probe| probe.result["verdict"]["reasons"]["box_bound"] == true)
    }
}
