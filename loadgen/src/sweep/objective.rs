use std::{fmt, str::FromStr};

use crate::run::{Met, Outcome, Threshold};

/// What a server must keep to, such as `p99<=50ms,errors<=0.1%`: all of the conditions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Objective {
    conditions: Vec<Threshold>,
}

impl FromStr for Objective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let conditions = text.split(',').map(|condition| condition.trim().parse()).collect::<Result<_, _>>()?;
        Ok(Self { conditions })
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.conditions.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join(","))
    }
}

impl Objective {
    /// Whether a run keeps to it. One broken condition decides, whatever cannot be told of the others.
    pub(super) fn is_met(&self, outcome: &Outcome) -> Met {
        if let Some(why) = &outcome.verdict.overloaded {
            return Met::No(format!("overloaded: {why}"));
        }
        let found = || self.conditions.iter().map(|condition| condition.is_met(outcome));
        if let Some(broken) = found().find(|met| matches!(met, Met::No(_))) {
            return broken;
        }
        found().find(|met| *met == Met::TooFew).unwrap_or(Met::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_stand_between_commas() {
        let objective: Objective = "p99<=50ms, errors<=0.1%".parse().unwrap();
        assert_eq!(objective.conditions.len(), 2);
        assert_eq!(objective.to_string(), "p99<=50ms,errors<=0.1%");
        for bad in ["", "p99<=50ms,", "p99"] {
            assert!(bad.parse::<Objective>().is_err(), "{bad}");
        }
    }
}
