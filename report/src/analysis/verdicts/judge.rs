use super::{Contest, Voids, contest::Pair, notes::notes, row_id::row_id};
use crate::{
    analysis::{
        Interval, Outcome, PairValue, Row, Standing,
        evidence::{Ledger, estimate},
        naming::label,
    },
    plan::{Margins, Metric},
    statistics::{self, Advantage, Bound, Evidence, Finding, Margin, Question, SampleError, Side, Twins, Verdict},
};

/// More of a processor than this means that the stand-in for places is the limit.
const PLACES_BOUND: f64 = 0.9;

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
    let said = hindrance(contest, ledger)
        .or_else(|| void(contest, voids))
        .unwrap_or_else(|| judged(contest, ledger, finding, &bounds));
    let evidence = finding.ok().map(|finding| finding.evidence);
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
        p: evidence.and_then(|evidence| evidence.p),
        pairs: pairs.iter().filter_map(pair_value).collect(),
        margin: ledger.plan().margins.of(contest.metric),
        outcome: said.outcome,
        words: said.words,
        notes: notes(contest, ledger, pairs.len()),
    }
}

/// What the statistics are asked.
pub(in crate::analysis) fn question(contest: &Contest<'_>, ledger: &Ledger<'_>) -> Question {
    let standing = match contest.standing {
        Standing::Primary => statistics::Standing::Primary { of: ledger.plan().primary.len() },
        Standing::Exploratory | Standing::Twin => statistics::Standing::Exploratory,
    };
    Question { advantage: advantage(contest.metric), margin: margin(&ledger.plan().margins, contest.metric), standing }
}

/// The plan's margin; that of METHOD 2.4 where the plan has none that makes sense.
pub(super) fn margin(margins: &Margins, metric: Metric) -> Margin {
    let standard = match metric {
        Metric::Throughput
        | Metric::CpuPerRequest
        | Metric::MemoryPerIdleConnection
        | Metric::MemoryPerActiveConnection => Margin::FIVE_PERCENT,
        Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => Margin::TEN_PERCENT,
    };
    Margin::share(margins.of(metric)).unwrap_or(standard)
}

fn advantage(metric: Metric) -> Advantage {
    match metric {
        Metric::Throughput => Advantage::Faster,
        Metric::CpuPerRequest => Advantage::Cheaper,
        Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => Advantage::Lower,
        Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => Advantage::Smaller,
    }
}

/// What stood in the way of measuring: a missing runtime, or a limit that either variant reached in any block.
fn hindrance(contest: &Contest<'_>, ledger: &Ledger<'_>) -> Option<Said> {
    let sides = [contest.a, contest.b];
    let not_run = sides.iter().find_map(|side| Some((side, ledger.not_run(side)?)));
    if let Some((side, why)) = not_run {
        let words = format!("not run: {}: {why}", label(ledger.manifest, side));
        return Some(Said { outcome: Outcome::NotRun, words });
    }
    let limited = sides.iter().find_map(|side| Some((side, limit(contest, ledger, side)?)));
    let (side, why) = limited?;
    let words = format!("limit: {}: {why}", label(ledger.manifest, side));
    Some(Said { outcome: Outcome::Limit, words })
}

/// The limit that a variant reached in a workload, without its leading "limit: ".
fn limit(contest: &Contest<'_>, ledger: &Ledger<'_>, variant: &str) -> Option<String> {
    let limits = ledger.limits(&contest.workload.name, variant);
    if let Some(first) = limits.first() {
        let blocks = ledger.plan().blocks;
        let why = first.strip_prefix("limit: ").unwrap_or(first);
        return Some(format!("{why} (in {} of {blocks} blocks)", limits.len()));
    }
    match contest.metric {
        Metric::Throughput | Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => {
            places_limit(contest, ledger, variant)
        }
        // What a reply costs the server does not depend on how soon places answer.
        Metric::CpuPerRequest | Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => None,
    }
}

fn places_limit(contest: &Contest<'_>, ledger: &Ledger<'_>, variant: &str) -> Option<String> {
    let readings = ledger.readings(&contest.workload.name, variant);
    let busy =
        readings.iter().filter(|reading| reading.places_share().is_some_and(|share| share > PLACES_BOUND)).count();
    let is_bound = 2 * busy > readings.len();
    is_bound.then(|| {
        format!("places (their stand-in used more than 90 % of a processor in {busy} of {} blocks)", readings.len())
    })
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
        Ok(twins) => format!("{}, {} blocks", twins.words(margin), bounds.len()),
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
