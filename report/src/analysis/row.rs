use serde::{Deserialize, Serialize};

use super::{Estimate, Interval};
use crate::{
    plan::Metric,
    stats::{self, Bound, Scale, Unit, words},
};

/// Two variants compared in one workload by one metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Unique on the page and stable between renderings: `WORKLOAD.METRIC.A.B`.
    pub id: String,
    /// The workload's name.
    pub workload: String,
    /// What is compared.
    pub metric: Metric,
    /// The variant whose advantage is asked for.
    pub a: String,
    /// The variant that it is compared with.
    pub b: String,
    /// How much its verdict counts.
    pub standing: Standing,
    /// Each variant's own value, that of `a` first; none for one that was not measured.
    pub values: [Option<Estimate>; 2],
    /// Hodges-Lehmann estimate of a/b; none without pairs, and where failed requests leave it open.
    pub ratio: Option<f64>,
    /// The interval of its verdict; none where the blocks are too few.
    pub interval: Option<Interval>,
    /// What `a` costs more than `b`: of processor time alone, and none where the blocks are too few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// p of the exact signed-rank test of a/b = 1.
    pub p: Option<f64>,
    /// Every pair, for dots behind the interval.
    pub pairs: Vec<PairValue>,
    /// Relative difference that matters: 0.05 is 5 %.
    pub margin: f64,
    /// What follows.
    pub outcome: Outcome,
    /// The verdict in words: "tasks is faster, 1.80x [1.70, 1.90], 10 blocks".
    pub words: String,
    /// What a reader must know beside it: box-bound, closed loop, not steady, excess over the delay.
    pub notes: Vec<String>,
}

/// One block's pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairValue {
    /// The block, from 1.
    pub block: u32,
    /// a's value divided by b's.
    pub ratio: f64,
}

/// a's processor time per request minus b's. A ratio alone does not say whether it is worth anybody's while.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Hodges-Lehmann estimate, in microseconds.
    pub estimate_us: f64,
    /// In microseconds; at 95 %, whatever the row's own level is.
    pub interval_us: Interval,
}

impl Difference {
    /// For readers: `1.75 µs [0.69, 2.82]`.
    #[must_use]
    pub fn words(&self) -> String {
        let Interval { low, high, level } = self.interval_us;
        let interval = stats::Interval { lower: low, upper: high.unwrap_or(f64::INFINITY), achieved: level };
        words::estimate(Scale::Difference(Unit::Microseconds), Bound::Exactly(self.estimate_us), &interval)
    }
}

/// How much a row's verdict counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Named before the run; its level is shared out over all such rows.
    Primary,
    /// An interval alone.
    Exploratory,
    /// The same variant twice: the noise floor.
    Twin,
}

/// The verdicts of METHOD 2.4, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The twins differ beyond the margin: nothing is said of this workload and metric.
    Void,
    /// A variant could not run here.
    NotRun,
    /// A limit of the system was reached.
    Limit,
    /// Too few blocks for a verdict.
    Screening,
    /// a is better, and the whole interval lies beyond the margin.
    ABetter,
    /// b is better, likewise.
    BBetter,
    /// The 90 % interval lies within the margin.
    Equivalent,
    /// a is better, by an interval that reaches into the margin.
    ALeads,
    /// b is better, likewise.
    BLeads,
    /// None of these.
    NotShown,
    /// An exploratory or a twin row: its interval, and no verdict.
    IntervalOnly,
}
