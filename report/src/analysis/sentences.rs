//! The lines of the answer: what threads cost against async, and who should choose what.
//!
//! Invariant: no sentence is longer than 25 words, names and reasons of files apart.

use super::{
    answer::{AnswerLine, LineKind, is_threads_against_tasks},
    comparison::{Comparison, NotMeasured, Standing},
    estimate::Estimate,
    evidence::Ledger,
    load::phrase,
    memory::MemorySlope,
    row::{Outcome, Row},
    trust::Trust,
};
use crate::{
    format::{Quantity, Unit, counted, grouped, percent, rounded},
    plan::{Metric, Pace, Plan, Role, Workload},
    stats::{Bound, Interval, Scale},
    variant::LoadKind,
};

/// Idle connections that a total is told of.
const MANY: f64 = 10_000.0;
/// A difference that many would call worth knowing; blocks that would show it are told where none was found.
const WORTH_KNOWING: f64 = 0.05;
/// More blocks than this are told as "more than".
const MOST_BLOCKS: f64 = 1_000.0;

/// A text as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first: String = rest.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", rest.as_str())
}

/// What ten thousand idle connections take in all; none where that was not measured of both. Where the kernel's part drowns in
/// noise, what the processes take is told alone.
pub(super) fn idle(plan: &Plan, memory: &[MemorySlope]) -> Option<AnswerLine> {
    let [threads, tasks] = [&plan.threads, &plan.tasks].map(|name| memory.iter().find(|slope| slope.variant == *name));
    let (threads, tasks) = (threads?, tasks?);
    let whole = threads.whole_idle_kib.as_ref().zip(tasks.whole_idle_kib.as_ref());
    let process = threads.idle_kib.as_ref().zip(tasks.idle_kib.as_ref());
    let known = [(whole, "kernel memory included"), (process, "kernel memory left out")];
    known.into_iter().find_map(|(both, of)| totals(both?, of))
}

/// None where either may be nothing, or where the two are not told apart.
fn totals((threads, tasks): (&Estimate, &Estimate), of: &str) -> Option<AnswerLine> {
    let ([low, high], [tasks_low, tasks_high]) = (threads.interval?.ends(), tasks.interval?.ends());
    let is_more = low > tasks_high;
    if low <= 0.0 || tasks_low <= 0.0 || !(is_more || tasks_low > high) {
        return None;
    }
    let total = |estimate: &Estimate| {
        let ends = estimate.interval.map(|interval| interval.ends().map(|end| end * MANY));
        Quantity::Amount(Unit::Kib).figure(estimate.median * MANY, ends)
    };
    let ratio = threads.median / tasks.median;
    let times = |ratio: f64| Quantity::Ratio.value(ratio, None);
    let (kind, dearer, factor) = if is_more {
        (LineKind::Async, "threads take", ratio)
    } else {
        (LineKind::Threads, "async takes", ratio.recip())
    };
    let text = format!(
        "{} idle connections take {} with threads and {} with async, {of}: {} as much.",
        grouped(MANY),
        total(threads),
        total(tasks),
        times(ratio),
    );
    let gain = format!("{dearer} {} the memory", times(factor));
    Some(AnswerLine { kind, text, load: LoadKind::Idle.name().to_owned(), factor, gain })
}

/// Rows of plain updates that were not named before the run and all say the same become one line, over connections; and the rows
/// that are left.
pub(super) fn plain_updates<'r>(ledger: &Ledger<'_>, rows: &[&'r Row]) -> (Vec<AnswerLine>, Vec<&'r Row>) {
    let plan = ledger.plan();
    let known = |row: &&'r Row| {
        let workload = workload(plan, row)?;
        let (ratio, interval) = threads_over_async(plan, row)?;
        let is_told = row.standing != Standing::Primary
            && LoadKind::of(workload) == LoadKind::Updates
            && row.metric == Metric::CpuPerRequest
            && has_figures(row);
        (is_told && interval.is_above(0.0)).then_some((workload.connections, ratio?, interval.lower))
    };
    let mut found: Vec<_> = rows.iter().filter_map(known).collect();
    if found.len() < 2 {
        return (Vec::new(), rows.to_vec());
    }
    found.sort_by_key(|(connections, ..)| *connections);
    let (least, most) = found
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(least, most), (_, log, _)| (least.min(log.exp()), most.max(log.exp())));
    let ends = [found.first(), found.last()].map(|one| one.map_or(0.0, |(connections, ..)| f64::from(*connections)));
    let ratio = |ratio: f64| Quantity::Ratio.value(ratio, None);
    let text = format!(
        "{} to {} connections with plain updates: threads use {} to {} the CPU of async per request (exploratory).",
        grouped(ends[0]),
        grouped(ends[1]),
        ratio(least),
        ratio(most),
    );
    let factor = found.iter().map(|(.., lower)| lower.exp()).fold(f64::INFINITY, f64::min);
    let gain = format!("threads use up to {} the CPU", ratio(most));
    let line = AnswerLine { kind: LineKind::Async, text, load: LoadKind::Updates.name().to_owned(), factor, gain };
    (vec![line], rows.iter().filter(|row| known(row).is_none()).copied().collect())
}

/// What a row of threads against tasks says.
pub(super) fn of_row(ledger: &Ledger<'_>, row: &Row) -> AnswerLine {
    let plan = ledger.plan();
    let Some(workload) = workload(plan, row) else {
        return AnswerLine::plain(LineKind::Unknown, sentence(&row.words));
    };
    let situation = phrase(workload);
    let unknown = |why: &str| AnswerLine {
        load: LoadKind::of(workload).name().to_owned(),
        ..AnswerLine::plain(LineKind::Unknown, sentence(&format!("{situation}: {why}")))
    };
    if let Some(contradiction) = &row.contradiction {
        let line = unknown("the measurements contradict each other");
        return AnswerLine { text: format!("{} {}", line.text, sentence(contradiction)), ..line };
    }
    match row.outcome {
        Outcome::Void => unknown("nothing can be said, as the same server measured twice differed"),
        Outcome::NotRun | Outcome::Limit => unknown(&not_measured(ledger, row)),
        Outcome::Screening if row.pairs.is_empty() => unknown("no block measured both"),
        Outcome::Screening => unknown(&format!("too few blocks for a verdict ({})", counted(row.pairs.len(), "block"))),
        Outcome::Equivalent
        | Outcome::ABetter
        | Outcome::BBetter
        | Outcome::ALeads
        | Outcome::BLeads
        | Outcome::NotShown
        | Outcome::IntervalOnly => match threads_over_async(plan, row) {
            Some((ratio, interval)) => decided(workload, row, ratio, interval),
            None => unknown("no interval could be worked out"),
        },
    }
}

fn has_figures(row: &Row) -> bool {
    if row.contradiction.is_some() {
        return false;
    }
    match row.outcome {
        Outcome::Void | Outcome::NotRun | Outcome::Limit | Outcome::Screening => false,
        Outcome::Equivalent
        | Outcome::ABetter
        | Outcome::BBetter
        | Outcome::ALeads
        | Outcome::BLeads
        | Outcome::NotShown
        | Outcome::IntervalOnly => true,
    }
}

fn workload<'a>(plan: &'a Plan, row: &Row) -> Option<&'a Workload> {
    plan.workload.iter().find(|workload| workload.name == row.workload)
}

/// The dearer of the two, and by how much; or that no difference was found.
fn decided(workload: &Workload, row: &Row, ratio: Option<f64>, interval: Interval) -> AnswerLine {
    let situation = phrase(workload);
    let load = LoadKind::of(workload).name().to_owned();
    let (is_more, is_less) = (interval.is_above(0.0), interval.mirrored().is_above(0.0));
    if row.outcome == Outcome::Equivalent || !(is_more || is_less) {
        let text = no_difference(&situation, row, interval);
        return AnswerLine { load, ..AnswerLine::plain(LineKind::Undecided, text) };
    }
    let turned = if is_more { interval } else { interval.mirrored() };
    let ratio = ratio.map(|log| if is_more { log } else { -log });
    let figure = ratio.map_or_else(
        || Quantity::Ratio.range([turned.lower.exp(), turned.upper.exp()]) + " times",
        |log| Scale::Ratio.figure(Bound::Exactly(log), &turned),
    );
    let who = if is_more { ["threads", "async"] } else { ["async", "threads"] };
    let mark = if row.standing == Standing::Primary { "" } else { " (exploratory)" };
    let text = format!("{situation}: {}{mark}.", more(row.metric, who, &figure));
    // More of throughput is better, more of all else dearer.
    let is_async_better = is_more != matches!(row.metric, Metric::Throughput | Metric::Capacity);
    let kind = if is_async_better { LineKind::Async } else { LineKind::Threads };
    let short = ratio.map_or(figure, |log| Quantity::Ratio.value(log.exp(), None));
    let gain = more(row.metric, who, &short);
    let gain = gain.split_once(" of ").map_or(gain.as_str(), |(gain, _)| gain).to_owned();
    AnswerLine { kind, text, load, factor: turned.lower.exp(), gain }
}

/// "threads use 1.22x [1.07, 1.58] the CPU of async per request".
fn more(metric: Metric, [who, other]: [&str; 2], figure: &str) -> String {
    let verb = |plural: &'static str, singular: &'static str| if who == "threads" { plural } else { singular };
    match metric {
        Metric::Throughput => format!("{who} {} {figure} the replies a second of {other}", verb("give", "gives")),
        Metric::Capacity => format!("{who} {} {figure} the rate of {other}", verb("bear", "bears")),
        Metric::CpuPerRequest => format!("{who} {} {figure} the CPU of {other} per request", verb("use", "uses")),
        Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => {
            format!("{who} {} {figure} the {} of {other}", verb("have", "has"), metric.title())
        }
        Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => {
            format!("{who} {} {figure} the {} of {other}", verb("take", "takes"), metric.title())
        }
    }
}

/// What a difference is looked for in.
fn what(metric: Metric) -> &'static str {
    match metric {
        Metric::CpuPerRequest => "CPU per request",
        Metric::Throughput
        | Metric::LatencyP50
        | Metric::LatencyP90
        | Metric::LatencyP99
        | Metric::MemoryPerIdleConnection
        | Metric::MemoryPerActiveConnection
        | Metric::Capacity => metric.title(),
    }
}

fn no_difference(situation: &str, row: &Row, interval: Interval) -> String {
    let what = what(row.metric);
    if row.outcome == Outcome::Equivalent {
        let within = percent(row.margin);
        return format!("{situation}: threads and async are equivalent in {what}, within {within}.");
    }
    let hidden = interval.upper.max(-interval.lower).exp_m1();
    if !hidden.is_finite() {
        return format!("{situation}: no difference found in {what}, as requests failed.");
    }
    let shown = rounded((hidden * 100.0).ceil(), 0);
    format!(
        "{situation}: no difference found in {what} (a difference above {shown} % would have shown).{}",
        blocks_to_decide(row.pairs.len(), interval)
    )
}

/// How many blocks would show a difference worth knowing: the width of an interval goes with the root of their number.
fn blocks_to_decide(blocks: usize, interval: Interval) -> String {
    let half = (interval.upper - interval.lower) / 2.0;
    let wanted = (blocks as f64 * (half / WORTH_KNOWING.ln_1p()).powi(2)).ceil();
    if wanted <= blocks as f64 {
        return String::new();
    }
    let about = if wanted > MOST_BLOCKS {
        format!("more than {}", grouped(MOST_BLOCKS))
    } else {
        format!("about {}", grouped(wanted))
    };
    format!(" It would take {about} blocks to show one of {}.", percent(WORTH_KNOWING))
}

/// What stood in the way, in the names of the answer.
fn not_measured(ledger: &Ledger<'_>, row: &Row) -> String {
    let plan = ledger.plan();
    let found = workload(plan, row).and_then(|workload| {
        let comparison = Comparison { workload, metric: row.metric, a: &row.a, b: &row.b, standing: row.standing };
        let not_measured = NotMeasured::of(&comparison, ledger)?;
        let name = if not_measured.variant == plan.threads { "threads" } else { "async" };
        Some(not_measured.words(name))
    });
    found.unwrap_or_else(|| row.words.clone())
}

/// The logarithms of the ratio and of its interval, turned to threads over async.
fn threads_over_async(plan: &Plan, row: &Row) -> Option<(Option<f64>, Interval)> {
    let as_it_stands = row.interval?.of_logs();
    let ratio = row.ratio.map(f64::ln);
    Some(if row.a == plan.threads { (ratio, as_it_stands) } else { (ratio.map(|log| -log), as_it_stands.mirrored()) })
}

/// p99 where latency counts from when a request was due, of the first such race.
pub(super) fn tails(ledger: &Ledger<'_>, rows: &[Row], trust: &Trust) -> Option<AnswerLine> {
    let plan = ledger.plan();
    let is_open = |row: &&Row| {
        let is_race = |one: &Workload| one.role == Role::Race && !matches!(one.pace, Pace::Closed);
        row.metric == Metric::LatencyP99
            && is_threads_against_tasks(plan, row)
            && has_figures(row)
            && workload(plan, row).is_some_and(is_race)
    };
    let line = of_row(ledger, rows.iter().find(is_open)?);
    let stalls = trust.stalls.as_ref().map_or_else(String::new, |stalls| {
        format!(
            " The machine alone stalls for up to {}, so no verdict rests on p99.",
            Unit::Us.value(stalls.longest_us)
        )
    });
    let is_known = line.kind != LineKind::Unknown;
    is_known.then(|| AnswerLine::plain(LineKind::Tails, format!("Tails, {}{stalls}", line.text)))
}

/// Who should choose what: at most three reasons each, the strongest first.
pub(super) fn choices(lines: &[AnswerLine]) -> Vec<String> {
    let of = |kind: LineKind| {
        let mut reasons: Vec<(&str, &str)> = Vec::new();
        for line in lines.iter().filter(|line| line.kind == kind && !line.load.is_empty()) {
            if reasons.iter().all(|(load, _)| *load != line.load) {
                reasons.push((&line.load, &line.gain));
            }
        }
        reasons
    };
    let told = |reasons: &[(&str, &str)]| {
        let told = reasons.iter().take(3);
        told.map(|(load, gain)| if gain.is_empty() { (*load).to_owned() } else { format!("{load} ({gain})") })
            .collect::<Vec<_>>()
            .join("; ")
    };
    let (tasks, threads, undecided) = (of(LineKind::Async), of(LineKind::Threads), of(LineKind::Undecided));
    let is_open = |load: &str| !tasks.iter().chain(&threads).any(|(decided, _)| *decided == load);
    let undecided: Vec<_> = undecided.into_iter().filter(|(load, _)| is_open(load)).collect();
    let mut choices = Vec::new();
    if !tasks.is_empty() {
        choices.push(format!("Choose async if you have {}.", told(&tasks)));
    }
    if !threads.is_empty() {
        choices.push(format!("Choose threads if you have {}.", told(&threads)));
    }
    if !undecided.is_empty() {
        choices.push(format!("Choose either if you have {}: no difference was found.", told(&undecided)));
    }
    choices
}
