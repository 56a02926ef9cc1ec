use super::{
    Contest, Voids,
    contest::Pair,
    difference::difference,
    hindrance::{Hindrance, HindranceKind},
    notes::notes,
    row_id::row_id,
};
use crate::{
    analysis::{
        Interval, Outcome, PairValue, Row, Standing,
        evidence::{Ledger, estimate},
        naming::label,
    },
    plan::{Margins, Metric},
    stats::{self, Advantage, Bound, Evidence, Finding, Margin, Question, SampleError, Side, Twins, Verdict},
};

/// What follows, and in words.
struct Said {
    outcome: Outcome,
    words: String,
}

/// The row of a contest.
pub(in crate::analysis) fn row(contest: &Contest<'_>, ledger: &Ledger<'_>, voids: &Voids) -> Row {
    let pairs = contest.pairs(ledger);
    let question = question(contest, ledger);
    let bounds: Vec<_> = pairs.iter().map(|pair| (pair.a, pair.b)).collect();
    let finding = question.judge_censored(&bounds);
    let said = hindered(contest, ledger)
        .or_else(|| void(contest, voids))
        .unwrap_or_else(|| judged(contest, ledger, finding, &bounds));
    let evidence = finding.ok().map(|finding| finding.evidence);
    let difference = difference(contest, &pairs);
    Row {
        id: row_id(contest),
        workload: contest.workload.name.clone(),
        metric: contest.metric,
        a: contest.a.to_owned(),
        b: contest.b.to_owned(),
        standing: contest.standing,
        values: [contest.a, contest.b].map(|variant| estimate(&contest.values(ledger, variant))),
        ratio: evidence.and_then(ratio),
        interval: evidence.and_then(interval),
        difference,
        p: evidence.and_then(|evidence| evidence.p),
        pairs: pairs.iter().filter_map(pair_value).collect(),
        margin: ledger.plan().margins.of(contest.metric),
        outcome: said.outcome,
        words: said.words,
        notes: notes(contest, ledger, pairs.len(), difference),
    }
}

/// What the statistics are asked.
pub(in crate::analysis) fn question(contest: &Contest<'_>, ledger: &Ledger<'_>) -> Question {
    let standing = match contest.standing {
        Standing::Primary => stats::Standing::Primary { of: ledger.plan().primary.len() },
        Standing::Exploratory | Standing::Twin => stats::Standing::Exploratory,
    };
    Question { advantage: advantage(contest.metric), margin: margin(&ledger.plan().margins, contest.metric), standing }
}

/// The plan's margin; that of METHOD 2.4 where the plan has none that makes sense.
pub(crate) fn margin(margins: &Margins, metric: Metric) -> Margin {
    let standard = match metric {
        Metric::Throughput
        | Metric::Capacity
        | Metric::CpuPerRequest
        | Metric::MemoryPerIdleConnection
        | Metric::MemoryPerActiveConnection => Margin::FIVE_PERCENT,
        Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => Margin::TEN_PERCENT,
    };
    Margin::share(margins.of(metric)).unwrap_or(standard)
}

/// What the better of two is called by a metric.
pub(crate) fn advantage(metric: Metric) -> Advantage {
    match metric {
        Metric::Throughput | Metric::Capacity => Advantage::Faster,
        Metric::CpuPerRequest => Advantage::Cheaper,
        Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => Advantage::Lower,
        Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => Advantage::Smaller,
    }
}

fn hindered(contest: &Contest<'_>, ledger: &Ledger<'_>) -> Option<Said> {
    let hindrance = Hindrance::of(contest, ledger)?;
    let outcome = match hindrance.kind {
        HindranceKind::NotRun => Outcome::NotRun,
        HindranceKind::Limit { .. } => Outcome::Limit,
    };
    Some(Said { outcome, words: hindrance.words(&label(ledger.manifest, hindrance.variant)) })
}

fn void(contest: &Contest<'_>, voids: &Voids) -> Option<Said> {
    let words = voids.words(&contest.workload.name, contest.metric)?;
    Some(Said { outcome: Outcome::Void, words: words.to_owned() })
}

fn judged(
    contest: &Contest<'_>,
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
    let words = match contest.standing {
        Standing::Primary | Standing::Exploratory => {
            finding.sentence(&label(ledger.manifest, contest.a), &label(ledger.manifest, contest.b))
        }
        Standing::Twin => twin_words(finding.question.margin, bounds),
    };
    Said { outcome, words }
}

fn twin_words(margin: Margin, bounds: &[(Bound, Bound)]) -> String {
    match Twins::judge(bounds, margin) {
        Ok(twins @ Twins::TooFew { .. }) => format!("{}, and there are {}", twins.words(margin), bounds.len()),
        Ok(twins @ (Twins::NoiseFloor { .. } | Twins::Differ { .. })) => {
            format!("{}, {} blocks", twins.words(margin), bounds.len())
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
