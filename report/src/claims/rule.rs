//! The rules that there are, with their thresholds as claim files give them. `decide` applies them.

use serde::{Deserialize, Deserializer, de::Error};

use crate::analysis::Measure;

/// How a part of a claim is judged.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// One variant's values over another's.
    Ratio(Ratio),
    /// One variant is worse than another by less than a margin in everything that is named; less is better.
    NotWorse(NotWorse),
    /// The ratio of two variants grows with something, such as connections.
    Trend(Trend),
    /// All of some variants lie above a bound.
    Above(Above),
    /// Values lie in ranges.
    Ranges(Ranges),
    /// A share of trials is larger for one variant than for another.
    Shares(Shares),
    /// Two ratios are alike.
    Alike(Alike),
    /// What falls with the number of servers in one design, and not in another.
    Falls(Falls),
}

/// Where values come from.
#[derive(Clone, Debug, PartialEq)]
pub enum On {
    /// A measure of a workload, block by block.
    Workload {
        /// Its name in the plan.
        workload: String,
        /// What is read of its runs.
        measure: Measure,
    },
    /// A metric of an experiment, round by round.
    Experiment {
        /// Its name.
        experiment: String,
        /// What was varied.
        case: String,
        /// What was measured.
        metric: String,
    },
}

/// On which side of the other one variant is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Its values are the larger ones.
    More,
    /// They are the smaller ones.
    Less,
}

/// Supported where the interval of a/b lies beyond the margin on the side that is claimed, contradicted where all of it falls
/// short of the margin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    pub on: On,
    pub a: String,
    pub b: String,
    pub expects: Side,
    pub margin: f64,
}

/// Supported where every interval of a/b lies below 1 + margin, contradicted where any lies above it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotWorse {
    pub on: Vec<On>,
    pub a: String,
    pub b: String,
    pub margin: f64,
}

/// Supported where the slope of log(a/b) on log(at) is above 0, and a/b at the last step beyond the margin, if one is given;
/// contradicted where the slope is not above 0, or a/b at the last step falls short of the margin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trend {
    pub measure: Measure,
    pub a: String,
    pub b: String,
    pub steps: Vec<Step>,
    pub margin: Option<f64>,
}

/// A workload, and what of it is varied.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub at: f64,
    pub workload: String,
}

/// Supported where the median of every variant lies above the bound, contradicted where that of every one lies within it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Above {
    pub on: On,
    pub variants: Vec<String>,
    pub bound: f64,
}

/// Supported where every median lies in its range with its interval, contradicted where any lies outside with all of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranges {
    pub range: Vec<Range>,
}

/// A range of a variant's values; one that is counted is a fact, without an interval.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    pub on: On,
    pub variant: String,
    pub least: Option<f64>,
    pub most: Option<f64>,
    #[serde(default)]
    pub counted: bool,
}

/// Supported where the interval of a's share less b's lies above 0, contradicted where all of it lies within the margin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    pub experiment: String,
    /// The cases that are counted; all where none is named.
    #[serde(default)]
    pub cases: Vec<String>,
    /// The metrics that count as a hit.
    pub hits: Vec<String>,
    pub a: String,
    pub b: String,
    pub margin: f64,
}

/// Supported where the interval of two one-sided tests of one ratio over the other lies within the margin, contradicted where
/// the interval lies beyond it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alike {
    pub one: Pair,
    pub other: Pair,
    pub margin: f64,
}

/// A ratio.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    pub on: On,
    pub a: String,
    pub b: String,
}

/// Supported where the exponent of cost over servers lies below `exponent` in the falling design and above it in the steady one;
/// contradicted where the falling one does not fall so, or the steady one does.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Falls {
    pub measure: Measure,
    pub falling: Series,
    pub steady: Series,
    pub exponent: f64,
}

/// A design with so many servers each.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    pub name: String,
    pub variant: String,
    pub steps: Vec<Step>,
}

impl<'de> Deserialize<'de> for On {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Keys {
            workload: Option<String>,
            measure: Option<Measure>,
            experiment: Option<String>,
            case: Option<String>,
            metric: Option<String>,
        }
        let Keys { workload, measure, experiment, case, metric } = Keys::deserialize(from)?;
        match (workload, measure, experiment, case, metric) {
            (Some(workload), Some(measure), None, None, None) => Ok(Self::Workload { workload, measure }),
            (None, None, Some(experiment), Some(case), Some(metric)) => {
                Ok(Self::Experiment { experiment, case, metric })
            }
            _ => Err(D::Error::custom("give `workload` and `measure`, or `experiment`, `case` and `metric`")),
        }
    }
}

impl Rule {
    /// Refuses thresholds that decide nothing.
    pub(super) fn check(&self) -> Result<(), String> {
        let margin = |margin: f64| demand(margin > 0.0 && margin < 10.0, "a `margin` is above 0 and below 10");
        let steps = |steps: &[Step]| {
            let ascend = steps.len() > 1 && steps[0].at > 0.0 && steps.is_sorted_by(|one, next| one.at < next.at);
            demand(ascend, "`steps` are two or more, with `at` above 0 and ascending")
        };
        let differ = |a: &str, b: &str| demand(a != b, "`a` and `b` are the same variant");
        match self {
            Self::Ratio(rule) => margin(rule.margin).and(differ(&rule.a, &rule.b)),
            Self::NotWorse(rule) => margin(rule.margin)
                .and(differ(&rule.a, &rule.b))
                .and(demand(!rule.on.is_empty(), "`on` names one thing at least")),
            Self::Trend(rule) => {
                rule.margin.map_or(Ok(()), margin).and(differ(&rule.a, &rule.b)).and(steps(&rule.steps))
            }
            Self::Above(rule) => demand(!rule.variants.is_empty(), "`variants` names one at least")
                .and(demand(rule.bound > 0.0 && rule.bound.is_finite(), "a `bound` is above 0")),
            Self::Ranges(rule) => demand(!rule.range.is_empty(), "a rule has a range at least")
                .and(rule.range.iter().try_for_each(Range::check)),
            Self::Shares(rule) => margin(rule.margin)
                .and(differ(&rule.a, &rule.b))
                .and(demand(!rule.hits.is_empty(), "`hits` names one metric at least")),
            Self::Alike(rule) => margin(rule.margin),
            Self::Falls(rule) => steps(&rule.falling.steps)
                .and(steps(&rule.steady.steps))
                .and(demand(rule.exponent < 0.0 && rule.exponent > -10.0, "an `exponent` is below 0")),
        }
    }
}

impl Range {
    fn check(&self) -> Result<(), String> {
        let (least, most) = (self.least.unwrap_or(f64::NEG_INFINITY), self.most.unwrap_or(f64::INFINITY));
        demand(self.least.is_some() || self.most.is_some(), "a range has `least` or `most`")
            .and(demand(least <= most, "`least` is above `most`"))
    }
}

fn demand(is_met: bool, message: &str) -> Result<(), String> {
    if is_met { Ok(()) } else { Err(message.to_owned()) }
}
