//! A row of a page, and the verdict on it.

use serde::{Deserialize, Serialize};

use super::{
    comparison::{Comparison, Difference, NotMeasured, Obstacle, Pair, Standing, difference, question, row_id},
    contradiction::contradiction,
    estimate::{Estimate, Interval, pooled},
    evidence::Ledger,
    notes::notes,
    variants::{differs, label},
};
use crate::{
    format::Quantity,
    plan::Metric,
    stats::{Bound, Control, Evidence, Finding, Margin, SampleError, Side, Verdict},
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
    /// Why a difference that is shown makes no headline: the control, or a second measurement of the same load, contradicts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<String>,
    /// What differs between the two besides the concurrency model.
    pub differs: String,
    /// The verdict in words: "tasks is faster, 1.80x [1.70, 1.90], 10 blocks".
    pub words: String,
    /// What a reader must know beside it: CPU-bound together with the generator, closed loop, not steady, excess over the delay.
    pub notes: Vec<String>,
}

impl Row {
    /// a/b with its interval; a dash where there is none.
    #[must_use]
    pub fn figure(&self) -> String {
        let figure = |ratio| Quantity::Ratio.figure(ratio, self.interval.map(Interval::ends));
        self.ratio.map_or_else(|| "–".to_owned(), figure)
    }
}

/// One block's pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairValue {
    /// The block, from 1.
    pub block: u32,
    /// a's value divided by b's.
    pub ratio: f64,
}

/// The verdicts of METHOD 2.4, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The A/A control differs beyond the margin: nothing is said of this workload and metric.
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
    /// An exploratory row, or one of the control: its interval, and no verdict.
    IntervalOnly,
}

/// What follows, and in words.
struct Said {
    outcome: Outcome,
    words: String,
}

/// The row of a comparison.
pub(in crate::analysis) fn row<'a>(comparison: &Comparison<'a>, ledger: &Ledger<'a>, void: Option<&str>) -> Row {
    let pairs = comparison.pairs(ledger);
    let question = question(comparison, ledger);
    let bounds: Vec<_> = pairs.iter().map(|pair| (pair.a, pair.b)).collect();
    let finding = question.judge_censored(&bounds);
    let said = not_measured(comparison, ledger)
        .or_else(|| void.map(|words| Said { outcome: Outcome::Void, words: words.to_owned() }))
        .unwrap_or_else(|| judged(comparison, ledger, finding, &bounds));
    let evidence = finding.ok().map(|finding| finding.evidence);
    let difference = difference(comparison, &pairs);
    Row {
        id: row_id(comparison),
        workload: comparison.workload.name.clone(),
        metric: comparison.metric,
        a: comparison.a.to_owned(),
        b: comparison.b.to_owned(),
        standing: comparison.standing,
        values: [comparison.a, comparison.b].map(|variant| pooled(&comparison.values(ledger, variant))),
        ratio: evidence.and_then(ratio),
        interval: evidence.and_then(interval),
        difference,
        p: evidence.and_then(|evidence| evidence.p),
        pairs: pairs.iter().filter_map(pair_value).collect(),
        margin: ledger.plan().margins.of(comparison.metric),
        outcome: said.outcome,
        contradiction: match comparison.standing {
            Standing::Primary | Standing::Exploratory => contradiction(comparison, ledger),
            Standing::Control => None,
        },
        differs: differs(ledger.manifest, comparison.a, comparison.b),
        words: said.words,
        notes: notes(comparison, ledger, pairs.len(), difference),
    }
}

fn not_measured(comparison: &Comparison<'_>, ledger: &Ledger<'_>) -> Option<Said> {
    let not_measured = NotMeasured::of(comparison, ledger)?;
    let outcome = match not_measured.kind {
        Obstacle::NotRun => Outcome::NotRun,
        Obstacle::Limit { .. } => Outcome::Limit,
    };
    Some(Said { outcome, words: not_measured.words(&label(ledger.manifest, not_measured.variant)) })
}

fn judged(
    comparison: &Comparison<'_>,
    ledger: &Ledger<'_>,
    finding: Result<Finding, SampleError>,
    bounds: &[(Bound, Bound)],
) -> Said {
    let finding = match finding {
        Ok(finding) => finding,
        Err(SampleError::Empty) => {
            let words = "not measured: there is no block in which both have a value".to_owned();
            return Said { outcome: Outcome::Screening, words };
        }
        Err(error) => return Said { outcome: Outcome::Screening, words: format!("not worked out: {error}") },
    };
    let outcome = outcome(&finding.verdict);
    let words = match comparison.standing {
        Standing::Primary | Standing::Exploratory => {
            finding.sentence(&label(ledger.manifest, comparison.a), &label(ledger.manifest, comparison.b))
        }
        Standing::Control => control_words(finding.question.margin, bounds),
    };
    Said { outcome, words }
}

fn control_words(margin: Margin, bounds: &[(Bound, Bound)]) -> String {
    match Control::judge(bounds, margin) {
        Ok(control @ Control::TooFew { .. }) => format!("{}, and there are {}", control.words(margin), bounds.len()),
        Ok(control @ (Control::Alike { .. } | Control::Differs { .. } | Control::Void { .. })) => {
            format!("{}, {} blocks", control.words(margin), bounds.len())
        }
        Err(error) => format!("not worked out: {error}"),
    }
}

fn outcome(verdict: &Verdict) -> Outcome {
    match verdict {
        Verdict::Faster { better: Side::First, .. } => Outcome::ABetter,
        Verdict::Faster { better: Side::Second, .. } => Outcome::BBetter,
        Verdict::FasterBetween { better: Side::First, .. } => Outcome::ALeads,
        Verdict::FasterBetween { better: Side::Second, .. } => Outcome::BLeads,
        Verdict::Equivalent { .. } => Outcome::Equivalent,
        Verdict::NotShown { .. } => Outcome::NotShown,
        Verdict::Screening { .. } => Outcome::Screening,
        Verdict::IntervalOnly => Outcome::IntervalOnly,
    }
}

/// A ratio that is known from one side only stands in the words, not here.
fn ratio(evidence: Evidence) -> Option<f64> {
    match evidence.estimate {
        Bound::Exactly(log) => Some(log.exp()),
        Bound::AtLeast(_) | Bound::AtMost(_) | Bound::Unknown => None,
    }
}

fn interval(evidence: Evidence) -> Option<Interval> {
    let interval = evidence.interval?;
    let high = interval.upper.exp();
    Some(Interval {
        low: interval.lower.exp(),
        high: high.is_finite().then_some(high),
        level: evidence.level.coverage(),
    })
}

fn pair_value(pair: &Pair) -> Option<PairValue> {
    match Bound::log_ratio(pair.a, pair.b) {
        Ok(Bound::Exactly(log)) => Some(PairValue { block: pair.block, ratio: log.exp() }),
        Ok(Bound::AtLeast(_) | Bound::AtMost(_) | Bound::Unknown) | Err(_) => None,
    }
}
