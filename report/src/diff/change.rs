use serde::{Deserialize, Serialize};

use crate::{
    analysis::{self, Estimate, Interval, Series, advantage, estimate_of, margin, series},
    plan::{Metric, Plan, Workload},
    results::{Machine, Manifest, Run},
    stats::{self, Bound, Finding, Question, Side, TwoSamples, Verdict},
};

/// The schema of `report diff --json`.
pub const FORMAT: &str = "herd-diff/1";

/// What changed from one run directory to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// [`FORMAT`].
    pub format: String,
    /// Commits of the two, the earlier one first.
    pub commits: [Option<String>; 2],
    /// Why the two should not be compared; empty where nothing speaks against it.
    pub incomparable: Vec<String>,
    /// Rows that decide first, else in the order of the plan.
    pub rows: Vec<DiffRow>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// One variant in one workload by one metric, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffRow {
    /// The workload's name.
    pub workload: String,
    /// What is compared.
    pub metric: Metric,
    /// The variant's name.
    pub variant: String,
    /// Primary where a primary row of the plan names the variant, its workload and metric; else exploratory.
    pub standing: analysis::Standing,
    /// Values before and after; none where there is none.
    pub values: [Option<Estimate>; 2],
    /// After over before: the median of all ratios of a block of each; none where failed requests leave it open.
    pub ratio: Option<f64>,
    /// By the exact Mann-Whitney test; none where the blocks are too few.
    pub interval: Option<Interval>,
    /// Two-sided p of no change; none with ties, or with failed requests that decide.
    pub p: Option<f64>,
    /// Relative difference that matters.
    pub margin: f64,
    /// What follows.
    pub change: Change,
    /// The same in words.
    pub words: String,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Worse, by an interval wholly beyond the margin: this fails a gate.
    Regressed,
    /// Better, likewise.
    Improved,
    /// Worse, by an interval that reaches into the margin.
    Worse,
    /// Better, likewise.
    Better,
    /// The interval at twice the alpha lies within the margin.
    Equivalent,
    /// None of these.
    NotShown,
    /// Too few blocks.
    Screening,
    /// An exploratory row: its interval, and no verdict.
    IntervalOnly,
    /// A limit was reached that was not reached before: this fails a gate too, where the row decides.
    NewLimit,
    /// A limit was reached before, or in both.
    Limit,
    /// There are values before and none after: this fails a gate too, where the row decides.
    Vanished,
    /// There is no value before, or too few to compare.
    NotMeasured,
}

impl Diff {
    /// Whether a row that decides has become worse beyond its margin, reaches a limit that it did not reach, or has no value
    /// any more.
    #[must_use]
    pub fn has_regression(&self) -> bool {
        self.rows.iter().any(DiffRow::is_regression)
    }
}

impl DiffRow {
    /// Whether it fails a gate.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        let is_worse = match self.change {
            Change::Regressed | Change::NewLimit | Change::Vanished => true,
            Change::Improved
            | Change::Worse
            | Change::Better
            | Change::Equivalent
            | Change::NotShown
            | Change::Screening
            | Change::IntervalOnly
            | Change::Limit
            | Change::NotMeasured => false,
        };
        is_worse && self.standing == analysis::Standing::Primary
    }
}

/// Memory that a system reports may differ a little from boot to boot.
const SAME_MEMORY: f64 = 0.02;

/// Why two directories should not be compared: another machine, or another load. Empty where nothing speaks against it. The
/// number of blocks, the variants, and workloads that only one of them has do not matter.
#[must_use]
pub fn incomparable(before: &Manifest, after: &Manifest) -> Vec<String> {
    machines(&before.machine, &after.machine).into_iter().chain(plans(&before.plan, &after.plan)).collect()
}

/// Workloads of both by name: before, after.
fn shared<'a>(before: &'a Plan, after: &'a Plan) -> Vec<(&'a Workload, &'a Workload)> {
    let other = |workload: &Workload| after.workload.iter().find(|other| other.name == workload.name);
    before.workload.iter().filter_map(|workload| Some((workload, other(workload)?))).collect()
}

fn machines(before: &Machine, after: &Machine) -> Vec<String> {
    let differ = |what: &str, before: &str, after: &str| {
        (before != after).then(|| format!("another {what}: {before} before, {after} after"))
    };
    let processors = [before, after].map(|one| one.processors.to_string());
    let ratio = before.memory_kib as f64 / after.memory_kib as f64;
    let memory = (ratio - 1.0).abs() > SAME_MEMORY || ratio.is_nan();
    let found = [
        differ("processor", &before.processor, &after.processor),
        differ("number of processors", &processors[0], &processors[1]),
        memory.then(|| format!("other memory: {} KiB before, {} KiB after", before.memory_kib, after.memory_kib)),
        differ("kernel", &before.kernel, &after.kernel),
    ];
    found.into_iter().flatten().collect()
}

fn plans(before: &Plan, after: &Plan) -> Vec<String> {
    let shared = shared(before, after);
    if shared.is_empty() {
        return vec!["no workload is in both plans".to_owned()];
    }
    let timing = |plan: &Plan| [plan.warmup_s, plan.measure_s].map(f64::to_bits);
    let checks = [
        (before.placement != after.placement, "another placement of server and client on processors"),
        (timing(before) != timing(after), "another warm-up or another window"),
        (before.seed != after.seed, "another seed, hence other requests"),
        (before.margins != after.margins, "other margins"),
    ];
    let of_plan = checks.iter().filter(|(differs, _)| *differs).map(|(_, what)| (*what).to_owned());
    let of_workloads = shared
        .iter()
        .filter(|(before, after)| load(before) != load(after))
        .map(|(workload, _)| format!("the workload {} is another one", workload.name));
    of_plan.chain(of_workloads).collect()
}

/// What of a workload decides what is measured.
fn load(workload: &Workload) -> Workload {
    Workload { about: String::new(), situation: None, variants: Vec::new(), blocks: None, ..workload.clone() }
}

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
    let standing = if is_primary { stats::Standing::Primary { of: primaries } } else { stats::Standing::Exploratory };
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
fn finding(plan: &Plan, before: &Series, after: &Series, standing: stats::Standing) -> Option<Finding> {
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

/// The verdict: "after is faster, 1.08x [1.06, 1.10], 10 blocks before, 10 after".
pub(super) fn compared(before: usize, after: usize, finding: &Finding) -> String {
    let sentence = finding.sentence("after", "before");
    // The sentence counts the blocks of the smaller set.
    let said = sentence.rsplit_once(", ").map_or(sentence.as_str(), |(said, _)| said);
    format!("{said}, {before} blocks before, {after} after")
}

/// Too few blocks for a verdict, or for an interval.
pub(super) fn few(before: usize, after: usize, finding: &Finding) -> String {
    let (lower, upper) = finding.evidence.range;
    let scale = finding.question.margin.scale();
    let range = scale.quantity().range([lower, upper].map(|end| scale.shown(end)));
    let level = finding.evidence.level;
    format!("screening: too few blocks for {level}: {before} before, {after} after, ratios of any two {range}")
}
