use crate::{
    analysis::{
        Outcome, Row,
        evidence::Ledger,
        verdicts::{Contest, Hindrance},
    },
    plan::{Metric, Plan},
    stats::{Bound, Interval, Scale, words},
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
        Outcome::Void => format!("nothing can be said of {what}, as threads measured twice differ too much"),
        Outcome::NotRun | Outcome::Limit => hindered(ledger, row),
        Outcome::Screening if row.pairs.is_empty() => format!("{what} could not be compared"),
        Outcome::Screening => format!("too few blocks to judge {what} ({})", blocks(row.pairs.len())),
        Outcome::Equivalent => {
            format!("threads and async are equivalent in {what}, within {} %", words::percent(row.margin))
        }
        Outcome::ABetter | Outcome::BBetter => ratio(plan, row),
        Outcome::ALeads | Outcome::BLeads => lead(plan, row),
        Outcome::NotShown => format!("no difference in {what} is shown, though one of {} could be hidden", hidden(row)),
        Outcome::IntervalOnly => format!("{} (an interval, no verdict)", ratio(plan, row)),
    }
}

/// What stood in the way, in the names of the answer.
fn hindered(ledger: &Ledger<'_>, row: &Row) -> String {
    let plan = ledger.plan();
    let found = plan.workload.iter().find(|workload| workload.name == row.workload).and_then(|workload| {
        let contest = Contest { workload, metric: row.metric, a: &row.a, b: &row.b, standing: row.standing };
        let hindrance = Hindrance::of(&contest, ledger)?;
        let name = if hindrance.variant == plan.threads { "threads" } else { "async" };
        Some(hindrance.words(name))
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
            let figures = words::estimate(Scale::Ratio, Bound::Exactly(ratio), &interval);
            format!("threads {verb} {figures} the {what} of async")
        }
        Some((None, interval)) => {
            let range = words::range(Scale::Ratio, interval.lower, interval.upper);
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
    let (least, most) = words::ends(Scale::Ratio, turned.lower, turned.upper);
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
    let interval = row.interval?;
    let upper = interval.high.map_or(f64::INFINITY, f64::ln);
    let as_it_stands = Interval { lower: interval.low.ln(), upper, achieved: interval.level };
    let ratio = row.ratio.map(f64::ln);
    Some(if row.a == plan.threads { (ratio, as_it_stands) } else { (ratio.map(|log| -log), as_it_stands.mirrored()) })
}

/// The largest difference, to either side, that a row leaves open.
fn hidden(row: &Row) -> String {
    let farthest = row.interval.map_or(f64::INFINITY, |interval| {
        let upper = interval.high.map_or(f64::INFINITY, f64::ln);
        upper.abs().max(interval.low.ln().abs())
    });
    if farthest.is_finite() { format!("up to {}", words::size(Scale::Ratio, farthest)) } else { "any size".to_owned() }
}

fn blocks(count: usize) -> String {
    if count == 1 { "1 block".to_owned() } else { format!("{count} blocks") }
}
