//! What a rule needs to be measured, and what it says for people.

use super::rule::{On, Range, Rule, Side};
use crate::format::{percent, plain};

impl On {
    fn workload(&self) -> Option<&str> {
        match self {
            Self::Workload { workload, .. } => Some(workload),
            Self::Experiment { .. } => None,
        }
    }

    fn experiment(&self) -> Option<&str> {
        match self {
            Self::Workload { .. } => None,
            Self::Experiment { experiment, .. } => Some(experiment),
        }
    }
}

impl Rule {
    /// All that values are taken from, but for series and shares.
    fn sources(&self) -> Vec<&On> {
        match self {
            Self::Ratio(rule) => vec![&rule.on],
            Self::NotWorse(rule) => rule.on.iter().collect(),
            Self::Above(rule) => vec![&rule.on],
            Self::Ranges(rule) => rule.range.iter().map(|range| &range.on).collect(),
            Self::Alike(rule) => vec![&rule.one.on, &rule.other.on],
            Self::Trend(_) | Self::Shares(_) | Self::Falls(_) => Vec::new(),
        }
    }

    /// The workloads that it needs.
    pub(super) fn workloads(&self) -> Vec<&str> {
        let steps = match self {
            Self::Trend(rule) => rule.steps.iter().collect(),
            Self::Falls(rule) => rule.falling.steps.iter().chain(&rule.steady.steps).collect(),
            Self::Ratio(_)
            | Self::NotWorse(_)
            | Self::Above(_)
            | Self::Ranges(_)
            | Self::Shares(_)
            | Self::Alike(_) => Vec::new(),
        };
        let named = self.sources().into_iter().filter_map(On::workload);
        named.chain(steps.into_iter().map(|step| step.workload.as_str())).collect()
    }

    /// The experiments that it needs.
    pub(super) fn experiments(&self) -> Vec<&str> {
        let shares = match self {
            Self::Shares(rule) => Some(rule.experiment.as_str()),
            Self::Ratio(_)
            | Self::NotWorse(_)
            | Self::Trend(_)
            | Self::Above(_)
            | Self::Ranges(_)
            | Self::Alike(_)
            | Self::Falls(_) => None,
        };
        self.sources().into_iter().filter_map(On::experiment).chain(shares).collect()
    }

    /// The variants that it needs in workloads.
    pub(super) fn variants(&self) -> Vec<&str> {
        let is_raced = |on: &On| on.workload().is_some();
        match self {
            Self::Ratio(rule) if is_raced(&rule.on) => vec![&rule.a, &rule.b],
            Self::NotWorse(rule) => vec![&rule.a, &rule.b],
            Self::Trend(rule) => vec![&rule.a, &rule.b],
            Self::Above(rule) => rule.variants.iter().map(String::as_str).collect(),
            Self::Ranges(rule) => {
                rule.range.iter().filter(|range| is_raced(&range.on)).map(|range| range.variant.as_str()).collect()
            }
            Self::Alike(rule) => vec![&rule.one.a, &rule.one.b, &rule.other.a, &rule.other.b],
            Self::Falls(rule) => vec![&rule.falling.variant, &rule.steady.variant],
            Self::Ratio(_) | Self::Shares(_) => Vec::new(),
        }
    }

    /// It for people, with its thresholds.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Ratio(rule) => {
                let (a, b) = (&rule.a, &rule.b);
                let side = match rule.expects {
                    Side::More => "above",
                    Side::Less => "below",
                };
                format!(
                    "supported where {a} / {b} lies {side} 1 by more than {m}, contradicted where all of its interval does not",
                    m = percent(rule.margin)
                )
            }
            Self::NotWorse(rule) => format!(
                "supported where {} costs at most {} more than {} in each, contradicted where it costs more in any",
                rule.a,
                percent(rule.margin),
                rule.b
            ),
            Self::Trend(rule) => {
                let end = rule
                    .margin
                    .map(|margin| format!(", and is above 1 by more than {} at the last step", percent(margin)));
                format!(
                    "supported where {} / {} grows from step to step{}, contradicted where either does not hold",
                    rule.a,
                    rule.b,
                    end.unwrap_or_default()
                )
            }
            Self::Above(rule) => format!(
                "supported where every one lies above {}, contradicted where every one lies within it",
                plain(rule.bound)
            ),
            Self::Ranges(rule) => {
                let ranges: Vec<String> = rule.range.iter().map(Range::words).collect();
                format!("supported where {}, contradicted where any lies outside", ranges.join(" and "))
            }
            Self::Shares(rule) => format!(
                "supported where {} has more than {}, contradicted where it has at most {} more",
                rule.a,
                rule.b,
                percent(rule.margin)
            ),
            Self::Alike(rule) => format!(
                "supported where the two ratios differ by less than {m}, contradicted where they differ by more",
                m = percent(rule.margin)
            ),
            Self::Falls(rule) => format!(
                "supported where cost falls with servers by an exponent below {e} in {} and not in {}, contradicted where it does \
                 not in {}, or does in {}",
                rule.falling.name,
                rule.steady.name,
                rule.falling.name,
                rule.steady.name,
                e = plain(rule.exponent)
            ),
        }
    }
}

impl Range {
    fn words(&self) -> String {
        match (self.least, self.most) {
            (Some(least), Some(most)) => format!("{} lies in {} to {}", self.variant, plain(least), plain(most)),
            (Some(least), None) => format!("{} is at least {}", self.variant, plain(least)),
            (None, Some(most)) => format!("{} is at most {}", self.variant, plain(most)),
            (None, None) => format!("{} has any value", self.variant),
        }
    }
}
