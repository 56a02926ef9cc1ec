use super::{
    Change, Diff, DiffRow, FORMAT,
    comparable::incomparable,
    words::{compared, few},
};
use crate::{
    analysis::{self, Interval, Series, advantage, estimate_of, margin, series},
    plan::{Metric, Plan},
    results::{Manifest, Run},
    stats::{Bound, Finding, Question, Side, Standing, TwoSamples, Verdict},
};

/// What changed from one run directory to another. Rows that the earlier plan names as primary decide, at a level that is
/// shared among them; all others have an interval at 95 % and no verdict.
#[must_use]
pub fn diff(before: (&Manifest, &[Run]), after: (&Manifest, &[Run])) -> Diff {
    let plan = &before.0.plan;
    let (old, new) = (series(before.0, before.1), series(after.0, after.1));
    let pairs: Vec<(&Series, &Series)> = old.iter().filter_map(|one| Some((one, same(&new, one)?))).collect();
    let primaries = pairs.iter().filter(|(before, after)| decides(plan, before, after)).count();
    let mut rows: Vec<DiffRow> = pairs.iter().map(|(before, after)| row(plan, before, after, primaries)).collect();
    rows.sort_by_key(|row| row.standing != analysis::Standing::Primary);
    Diff {
        format: FORMAT.to_owned(),
        commits: [before.0.commit.clone(), after.0.commit.clone()],
        incomparable: incomparable(before.0, after.0),
        notes: notes(primaries, &rows, pairs.iter().any(|(before, after)| is_held_back(plan, before, after)))
            .into_iter()
            .chain(other_versions(before.0, after.0))
            .collect(),
        rows,
    }
}

fn same<'a>(series: &'a [Series], wanted: &Series) -> Option<&'a Series> {
    let key = |one: &Series| (one.metric, one.workload.clone(), one.variant.clone());
    series.iter().find(|one| key(one) == key(wanted))
}

/// Whether a primary row of the plan names this variant, workload and metric.
fn is_primary(plan: &Plan, series: &Series) -> bool {
    plan.primary.iter().any(|one| {
        one.workload == series.workload && one.metric == series.metric && [&one.a, &one.b].contains(&&series.variant)
    })
}

/// Whether a row of the two decides.
fn decides(plan: &Plan, before: &Series, after: &Series) -> bool {
    is_primary(plan, before) && before.may_decide && after.may_decide
}

/// Whether it would, if stalls of either machine did not reach the bound of its objective.
fn is_held_back(plan: &Plan, before: &Series, after: &Series) -> bool {
    is_primary(plan, before) && !decides(plan, before, after)
}

fn row(plan: &Plan, before: &Series, after: &Series, primaries: usize) -> DiffRow {
    let is_primary = decides(plan, before, after);
    let standing = if is_primary { Standing::Primary { of: primaries } } else { Standing::Exploratory };
    let finding = finding(plan, before, after, standing);
    let (change, words) = judged(before, after, finding.as_ref());
    let evidence = finding.map(|finding| finding.evidence);
    DiffRow {
        workload: before.workload.clone(),
        metric: before.metric,
        variant: before.variant.clone(),
        standing: if is_primary { analysis::Standing::Primary } else { analysis::Standing::Exploratory },
        values: [before, after].map(|series| estimate_of(&series.blocks)),
        ratio: evidence.and_then(|evidence| match evidence.estimate {
            Bound::Exactly(log) => Some(log.exp()),
            Bound::AtLeast(_) | Bound::AtMost(_) | Bound::Unknown => None,
        }),
        interval: evidence.and_then(|evidence| {
            let (interval, level) = (evidence.interval?, evidence.level.coverage());
            let high = interval.upper.exp();
            Some(Interval { low: interval.lower.exp(), high: high.is_finite().then_some(high), level })
        }),
        p: evidence.and_then(|evidence| evidence.p),
        margin: plan.margins.of(before.metric),
        change,
        words,
    }
}

/// After against before; none where either has no values, or too many.
fn finding(plan: &Plan, before: &Series, after: &Series, standing: Standing) -> Option<Finding> {
    let metric: Metric = before.metric;
    let question = Question { advantage: advantage(metric), margin: margin(&plan.margins, metric), standing };
    let values = |series: &Series| series.blocks.iter().map(|(bound, _)| *bound).collect::<Vec<_>>();
    let samples = TwoSamples::of(&values(after), &values(before), question.margin.scale()).ok()?;
    Some(Finding::of(question, samples.evidence(standing)))
}

fn judged(before: &Series, after: &Series, finding: Option<&Finding>) -> (Change, String) {
    if let Some(why) = &after.limit {
        let change = if before.limit.is_some() { Change::Limit } else { Change::NewLimit };
        return (change, limit("after", why));
    }
    if let Some(why) = &before.limit {
        return (Change::Limit, limit("before", why));
    }
    let Some(finding) = finding else {
        let is_gone = !before.blocks.is_empty() && after.blocks.is_empty();
        return (
            if is_gone { Change::Vanished } else { Change::NotMeasured },
            format!("not compared: {} blocks before, {} after", before.blocks.len(), after.blocks.len()),
        );
    };
    let change = change(&finding.verdict);
    let words = match change {
        Change::Screening => few(before.blocks.len(), after.blocks.len(), finding),
        Change::Regressed
        | Change::Improved
        | Change::Worse
        | Change::Better
        | Change::Equivalent
        | Change::NotShown
        | Change::IntervalOnly
        | Change::NewLimit
        | Change::Limit
        | Change::Vanished
        | Change::NotMeasured => compared(before.blocks.len(), after.blocks.len(), finding),
    };
    (change, words)
}

fn limit(when: &str, why: &str) -> String {
    format!("limit {when}: {}", why.strip_prefix("limit: ").unwrap_or(why))
}

/// The first of the two is what came after.
fn change(verdict: &Verdict) -> Change {
    match verdict {
        Verdict::Faster { better: Side::First, .. } => Change::Improved,
        Verdict::Faster { better: Side::Second, .. } => Change::Regressed,
        Verdict::FasterBetween { better: Side::First, .. } => Change::Better,
        Verdict::FasterBetween { better: Side::Second, .. } => Change::Worse,
        Verdict::Equivalent { .. } => Change::Equivalent,
        Verdict::NotShown { .. } => Change::NotShown,
        Verdict::Screening { .. } => Change::Screening,
        Verdict::IntervalOnly => Change::IntervalOnly,
    }
}

/// What a variant's change may be due to, beside its own files: another Java, another Node.
fn other_versions(before: &Manifest, after: &Manifest) -> Vec<String> {
    let told = |version: &Option<String>| version.clone().unwrap_or_else(|| "unknown".to_owned());
    let pairs = before.participants.iter().filter_map(|one| {
        let other = after.participants.iter().find(|other| other.name == one.name)?;
        Some((one, other)).filter(|_| one.version != other.version)
    });
    pairs
        .map(|(one, other)| {
            format!("{} is of another version: {} before, {} after", one.name, told(&one.version), told(&other.version))
        })
        .collect()
}

fn notes(primaries: usize, rows: &[DiffRow], is_held_back: bool) -> Vec<String> {
    let unpaired = "blocks of two comparisons are not paired: what changed of the machine between them counts too";
    let undecided = "the earlier plan names no row that both have as primary: nothing here can fail";
    let few = rows.iter().any(|row| row.standing == analysis::Standing::Primary && row.change == Change::Screening);
    let screening = "rows that decide have too few blocks: they cannot fail";
    let stalls = "a capacity under an objective that the machine's stalls reach decides nothing";
    [(true, unpaired), (primaries == 0, undecided), (few, screening), (is_held_back, stalls)]
        .iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, note)| (*note).to_owned())
        .collect()
}
