use std::fmt;

use serde::{Deserialize, Serialize};

/// What a server must keep to at a rate, such as `p99<=50ms,errors<=0.1%`: all of the conditions, in the grammar of
/// `loadgen sweep --objective`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Objective(loadgen::sweep::Objective);

impl TryFrom<String> for Objective {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

impl From<Objective> for String {
    fn from(objective: Objective) -> Self {
        objective.to_string()
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Objective {
    /// The smallest bound on a percentile from p99 on, or on the maximum, µs: what the machine's stalls must lie far below.
    #[must_use]
    pub fn tail_bound_us(&self) -> Option<f64> {
        self.0.tail_bound_us()
    }

    /// The smallest bound on any percentile, µs.
    #[must_use]
    pub fn latency_bound_us(&self) -> Option<f64> {
        self.0.latency_bound_us()
    }
}
