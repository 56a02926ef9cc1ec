//! Two of the sentences of the answer: what threads cost against async, and where one overtakes the other.

use super::{
    chart::Chart,
    comparison::{Comparison, NotMeasured},
    controls::Voids,
    evidence::Ledger,
    map::{Ahead, Group, Kind, MapCharts, ahead},
    row::{Outcome, Row},
};
use crate::{
    format::{Quantity, counted, grouped, percent},
    plan::{Metric, Plan, Workload},
    stats::{Bound, Interval, Scale},
};

/// What threads cost against async, situation by situation.
pub(super) fn costs(ledger: &Ledger<'_>, quoted: &[(&str, &Row)]) -> String {
    if quoted.is_empty() {
        return "No situation of this plan compares threads with async.".to_owned();
    }
    let clauses: Vec<String> = quoted.iter().map(|(name, row)| format!("{name}: {}", clause(ledger, row))).collect();
    sentence(&clauses.join("; "))
}

/// A text as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first: String = rest.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", rest.as_str())
}

/// What a row says of threads against async, without the situation.
fn clause(ledger: &Ledger<'_>, row: &Row) -> String {
    let plan = ledger.plan();
    let what = what(row.metric);
    match row.outcome {
        Outcome::ABetter | Outcome::BBetter | Outcome::ALeads | Outcome::BLeads | Outcome::IntervalOnly
            if row.contradiction.is_some() =>
        {
            let why = row.contradiction.as_deref().unwrap_or_default();
            format!("the measurements of {what} contradict each other, so nothing is told ({why})")
        }
        Outcome::Void => format!("nothing can be said of {what}, as threads measured twice differ too much"),
        Outcome::NotRun | Outcome::Limit => not_measured(ledger, row),
        Outcome::Screening if row.pairs.is_empty() => format!("{what} could not be compared"),
        Outcome::Screening => format!("too few blocks to judge {what} ({})", counted(row.pairs.len(), "block")),
        Outcome::Equivalent => {
            format!("threads and async are equivalent in {what}, within {}", percent(row.margin))
        }
        Outcome::ABetter | Outcome::BBetter => ratio(plan, row),
        Outcome::ALeads | Outcome::BLeads => lead(plan, row),
        Outcome::NotShown => format!("no difference in {what} is shown, though one of {} could be hidden", hidden(row)),
        Outcome::IntervalOnly => format!("{} (an interval, no verdict)", ratio(plan, row)),
    }
}

/// What stood in the way, in the names of the answer.
fn not_measured(ledger: &Ledger<'_>, row: &Row) -> String {
    let plan = ledger.plan();
    let found = plan.workload.iter().find(|workload| workload.name == row.workload).and_then(|workload| {
        let comparison = Comparison { workload, metric: row.metric, a: &row.a, b: &row.b, standing: row.standing };
        let not_measured = NotMeasured::of(&comparison, ledger)?;
        let name = if not_measured.variant == plan.threads { "threads" } else { "async" };
        Some(not_measured.words(name))
    });
    found.unwrap_or_else(|| row.words.clone())
}

/// What a metric is called within a sentence.
fn what(metric: Metric) -> &'static str {
    match metric {
        Metric::CpuPerRequest => "server CPU per request",
        Metric::Throughput
        | Metric::LatencyP50
        | Metric::LatencyP90
        | Metric::LatencyP99
        | Metric::MemoryPerIdleConnection
        | Metric::MemoryPerActiveConnection
        | Metric::Capacity => metric.title(),
    }
}

/// "threads spend 1.25x [1.20, 1.31] the server CPU per request of async".
fn ratio(plan: &Plan, row: &Row) -> String {
    let (verb, what) = (verb(row.metric), what(row.metric));
    match threads_over_async(plan, row) {
        Some((Some(ratio), interval)) => {
            let figures = Scale::Ratio.figure(Bound::Exactly(ratio), &interval);
            format!("threads {verb} {figures} the {what} of async")
        }
        Some((None, interval)) => {
            let range = Quantity::Ratio.range([interval.lower.exp(), interval.upper.exp()]);
            format!("threads {verb} {range} times the {what} of async, not known more closely")
        }
        None => format!("{what} could not be compared"),
    }
}

/// "threads spend more server CPU per request than async, by between 1.02x and 1.09x".
fn lead(plan: &Plan, row: &Row) -> String {
    let (verb, what) = (verb(row.metric), what(row.metric));
    let Some((_, interval)) = threads_over_async(plan, row) else { return format!("{what} could not be compared") };
    let (more, turned) = if interval.is_above(0.0) { ("more", interval) } else { ("less", interval.mirrored()) };
    let [least, most] = Quantity::Ratio.ends([turned.lower.exp(), turned.upper.exp()]);
    format!("threads {verb} {more} {what} than async, by between {least} and {most}")
}

fn verb(metric: Metric) -> &'static str {
    match metric {
        Metric::Throughput | Metric::Capacity => "reach",
        Metric::CpuPerRequest => "spend",
        Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => "have",
        Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => "take",
    }
}

/// The logarithms of the ratio and of its interval, turned to threads over async.
fn threads_over_async(plan: &Plan, row: &Row) -> Option<(Option<f64>, Interval)> {
    let as_it_stands = row.interval?.of_logs();
    let ratio = row.ratio.map(f64::ln);
    Some(if row.a == plan.threads { (ratio, as_it_stands) } else { (ratio.map(|log| -log), as_it_stands.mirrored()) })
}

/// The largest difference, to either side, that a row leaves open.
fn hidden(row: &Row) -> String {
    let farthest = row.interval.map(|interval| interval.of_logs().farthest_above());
    farthest.map_or_else(|| "any difference".to_owned(), |interval| Scale::Ratio.up_to(&interval))
}

/// In how many situations, or cells, threads and async are shown ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    threads: usize,
    tasks: usize,
    all: usize,
}

/// Where one overtakes the other, or that it was not measured.
pub(super) fn overtaking(ledger: &Ledger<'_>, voids: &Voids, quoted: &[(&str, &Row)], map: &MapCharts) -> String {
    if map.groups.is_empty() { by_situation(ledger.plan(), quoted) } else { by_map(ledger, voids, map) }
}

fn by_map(ledger: &Ledger<'_>, voids: &Voids, map: &MapCharts) -> String {
    let told = Kind::ALL.into_iter().filter(|kind| kind.cells(ledger).next().is_some()).map(|kind| {
        let each = map.groups.iter().zip(&map.by_cpu).filter(|(group, _)| group.kind == kind);
        let found: Vec<String> = each.flat_map(|(group, chart)| crossovers(ledger.plan(), *group, chart)).collect();
        let found = if found.is_empty() {
            format!("no overtaking is shown, {}", tally(ledger, voids, kind).words("cell"))
        } else {
            found.join(" and ")
        };
        format!("of {} ({}) {found}", kind.name(), extent(ledger, kind))
    });
    sentence(&format!("by server CPU per request, {}", told.collect::<Vec<_>>().join("; ")))
}

/// "async overtakes threads between 100 and 1,000 connections where places take 5 ms".
fn crossovers(plan: &Plan, group: Group, chart: &Chart) -> Vec<String> {
    let place = group.place().map(|place| format!(" where {place}")).unwrap_or_default();
    let told = chart.crossovers.iter().map(|crossover| {
        let who = if crossover.above == plan.threads { "threads overtake async" } else { "async overtakes threads" };
        let [from, to] = crossover.between.map(grouped);
        format!("{who} between {from} and {to} connections{place}")
    });
    told.collect()
}

fn tally(ledger: &Ledger<'_>, voids: &Voids, kind: Kind) -> Tally {
    let mut tally = Tally::default();
    for workload in kind.cells(ledger) {
        tally.all += 1;
        match ahead(ledger, voids, workload) {
            Ahead::Threads => tally.threads += 1,
            Ahead::Tasks => tally.tasks += 1,
            Ahead::Neither => {}
        }
    }
    tally
}

/// What was measured: "10 to 5,000 connections, places take 0 to 50 ms".
fn extent(ledger: &Ledger<'_>, kind: Kind) -> String {
    let range = |of: &dyn Fn(&Workload) -> f64| {
        let least = kind.cells(ledger).map(of).fold(f64::INFINITY, f64::min);
        let most = kind.cells(ledger).map(of).fold(0.0, f64::max);
        if least < most { format!("{} to {}", grouped(least), grouped(most)) } else { grouped(most) }
    };
    let connections = format!("{} connections", range(&|workload| f64::from(workload.connections)));
    match kind {
        Kind::Updates => connections,
        Kind::Searches => {
            format!("{connections}, places take {} ms", range(&|workload| workload.places_delay_ms.unwrap_or(0.0)))
        }
    }
}

/// Without a map: who is ahead in which situation.
fn by_situation(plan: &Plan, quoted: &[(&str, &Row)]) -> String {
    const UNKNOWN: &str = "where one overtakes the other was not measured, as the plan has no map of connections";
    let in_favour = |name: &str| -> Vec<String> {
        let won = quoted.iter().filter(|(_, row)| winner(row) == Some(name));
        won.map(|(situation, _)| format!("\"{situation}\"")).collect()
    };
    if quoted.is_empty() {
        return sentence(UNKNOWN);
    }
    let (threads, tasks) = (in_favour(&plan.threads), in_favour(&plan.tasks));
    if !threads.is_empty() && !tasks.is_empty() {
        let change = format!("threads are ahead in {}, async in {}", threads.join(" and "), tasks.join(" and "));
        return sentence(&format!("{change}; {UNKNOWN}"));
    }
    let tally = Tally { threads: threads.len(), tasks: tasks.len(), all: quoted.len() };
    sentence(&format!("{}; {UNKNOWN}", tally.words("situation")))
}

/// The variant that a verdict speaks for; none where there is no verdict, or none for either.
fn winner(row: &Row) -> Option<&str> {
    if row.contradiction.is_some() {
        return None;
    }
    match row.outcome {
        Outcome::ABetter | Outcome::ALeads => Some(&row.a),
        Outcome::BBetter | Outcome::BLeads => Some(&row.b),
        Outcome::Void
        | Outcome::NotRun
        | Outcome::Limit
        | Outcome::Screening
        | Outcome::Equivalent
        | Outcome::NotShown
        | Outcome::IntervalOnly => None,
    }
}

impl Tally {
    /// "async is shown ahead in 3 of 12 cells, threads in none".
    fn words(self, of: &str) -> String {
        let Self { threads, tasks, all } = self;
        match (threads, tasks) {
            (0, 0) if all == 1 => format!("neither is shown ahead in the only {of}"),
            (0, 0) => format!("neither is shown ahead in any of {all} {of}s"),
            (0, 1) if all == 1 => format!("async is shown ahead in the only {of}"),
            (1, 0) if all == 1 => format!("threads are shown ahead in the only {of}"),
            (0, tasks) => format!("async is shown ahead in {tasks} of {all} {of}s, threads in none"),
            (threads, 0) => format!("threads are shown ahead in {threads} of {all} {of}s, async in none"),
            (threads, tasks) => format!("threads are shown ahead in {threads} of {all} {of}s, async in {tasks}"),
        }
    }
}
