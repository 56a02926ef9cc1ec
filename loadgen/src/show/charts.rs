use maud::{Markup, html};

use super::named::{NamedRun, quantile};
use crate::{
    format::{Unit, duration_tick, plain, tick},
    page::{Axis, Course, Law, Line, LineChart, LinePoint, Marks, Reference, Stroke, figure, table, text},
    result::{Distribution, Latency, SecondRow},
};

/// Lines of several parts of each run are told apart up to so many runs.
const FEW_RUNS: usize = 3;
/// Points that have room for a mark each.
const FEW_POINTS: usize = 60;

/// Latency over all percentiles; nothing where no histogram was kept or all have too few samples.
pub(super) fn percentiles(runs: &[NamedRun]) -> Markup {
    let lines = match runs {
        [run] if run.is_open() => {
            let of = |latency, label, stroke| curve(run, latency, label, 0, stroke);
            let both = [
                of(&run.result.latency.from_intended, "latency", Stroke::Solid),
                of(&run.result.latency.from_written, "from its sending", Stroke::Dashed),
            ];
            both.into_iter().flatten().collect()
        }
        runs => {
            numbered(runs).filter_map(|(at, run)| curve(run, run.latency(), &run.label(), at, Stroke::Solid)).collect()
        }
    };
    let chart = LineChart {
        title: "Latency by percentile".to_owned(),
        description: "Lines rise with the percentile; the lower line is the faster one.".to_owned(),
        x: Axis { title: "percentile".to_owned(), law: Law::Tail, tick: |q| format!("p{}", plain(q * 100.0)) },
        y: Axis { title: "latency".to_owned(), law: Law::Log, tick: duration_tick },
        lines,
        bands: Vec::new(),
        references: longest_stall(runs).into_iter().collect(),
    };
    html! { @if !chart.lines.is_empty() { (figure(&chart.picture(), &told(runs))) } }
}

/// Each run with the index of its colour.
fn numbered(runs: &[NamedRun]) -> impl Iterator<Item = (u32, &NamedRun)> {
    (0..).zip(runs)
}

fn curve(run: &NamedRun, latency: &Latency, label: &str, colour: u32, stroke: Stroke) -> Option<Line> {
    let steps = Distribution::of(latency, &run.result.latency.censored_ages)?.steps();
    let points: Vec<_> = steps.iter().filter(|(_, us)| *us > 0.0).map(|(q, us)| LinePoint::bare(*q, *us)).collect();
    (points.len() > 1).then(|| Line { colour, label: label.to_owned(), stroke, points, marks: Marks::End })
}

/// The longest stall of the machine itself, as the probes beside the runs found it.
fn longest_stall(runs: &[NamedRun]) -> Option<Reference> {
    let probes = runs.iter().flat_map(|run| [&run.result.stalls.before, &run.result.stalls.after]).flatten();
    let longest_us = probes.map(|probe| probe.longest_us).fold(0.0, f64::max);
    let label = "the machine's longest stall".to_owned();
    (longest_us > 0.0).then_some(Reference { course: Course::Level(longest_us), label })
}

fn told(runs: &[NamedRun]) -> Markup {
    let row = |run: &NamedRun| {
        let all = run.latency().percentiles.named().map(|(_, value)| value).into_iter().chain([run.latency().max]);
        let cells = all.map(|value| html! { span.num { (quantile(value)) } });
        std::iter::once(text(&run.name)).chain(cells).collect()
    };
    table(&["Run", "p50", "p75", "p90", "p99", "p99.9", "p99.99", "Longest"], runs.iter().map(row).collect())
}

/// One value of a second.
type Part = (&'static str, fn(&SecondRow) -> f64, Stroke);

const DUE: Part = ("due", |row| row.due as f64, Stroke::Dashed);
const REPLIES: Part = ("replies", |row| row.completed as f64, Stroke::Solid);
const P50: Part = ("p50", |row| row.p50_us, Stroke::Solid);
const P99: Part = ("p99", |row| row.p99_us, Stroke::Dashed);

/// Replies, and what was due, second by second.
pub(super) fn replies(runs: &[NamedRun]) -> Markup {
    let is_one_open = matches!(runs, [run] if run.is_open());
    let parts: &[Part] = if is_one_open { &[REPLIES, DUE] } else { &[REPLIES] };
    by_second(runs, "Replies by second", "replies in the second", Law::Linear, tick, parts)
}

/// The middle and the tail of latency, second by second.
pub(super) fn latencies(runs: &[NamedRun]) -> Markup {
    let parts: &[Part] = if runs.len() > FEW_RUNS { &[P99] } else { &[P50, P99] };
    by_second(runs, "Latency by second", "latency, answered requests", Law::Log, duration_tick, parts)
}

fn by_second(runs: &[NamedRun], title: &str, y: &str, law: Law, tick: fn(f64) -> String, parts: &[Part]) -> Markup {
    let lines = numbered(runs).flat_map(|(at, run)| parts.iter().map(move |part| (at, run, part)));
    let lines = lines.filter_map(|(at, run, part)| {
        let label = match (runs.len(), parts.len()) {
            (1, _) => part.0.to_owned(),
            (_, 1) => run.label(),
            _ => format!("{} {}", run.label(), part.0),
        };
        seconds(run, part, at, label, law)
    });
    let chart = LineChart {
        title: title.to_owned(),
        description: "A point for each second of the window.".to_owned(),
        x: Axis { title: "second".to_owned(), law: Law::Linear, tick: plain },
        y: Axis { title: y.to_owned(), law, tick },
        lines: lines.collect(),
        bands: Vec::new(),
        references: Vec::new(),
    };
    html! { @if !chart.lines.is_empty() { (figure(&chart.picture(), &series(runs))) } }
}

/// One part of a run by second. What a logarithmic axis has no place for, such as the latency of a second without replies,
/// is left out.
fn seconds(run: &NamedRun, (_, value, stroke): &Part, colour: u32, label: String, law: Law) -> Option<Line> {
    let rows = run.result.seconds.iter().map(|row| (row.second as f64, value(row)));
    let known = rows.filter(|(_, value)| law != Law::Log || *value > 0.0);
    let points: Vec<_> = known.map(|(second, value)| LinePoint::bare(second, value)).collect();
    let marks = if points.len() > FEW_POINTS { Marks::End } else { Marks::All };
    (!points.is_empty()).then_some(Line { colour, label, stroke: *stroke, points, marks })
}

fn series(runs: &[NamedRun]) -> Markup {
    let row = |run: &NamedRun, row: &SecondRow| {
        let counts = [row.second, row.due, row.completed, row.failed].map(|count| html! { span.num { (count) } });
        let times = [row.p50_us, row.p99_us, row.max_us].map(|us| html! { span.num { (Unit::Us.value(us)) } });
        std::iter::once(text(&run.name)).chain(counts).chain(times).collect()
    };
    let rows = runs.iter().flat_map(|run| run.result.seconds.iter().map(move |second| row(run, second)));
    table(&["Run", "Second", "Due", "Replies", "Failed", "p50", "p99", "Longest"], rows.collect())
}
