use maud::{Markup, html};

use super::chart::{Parts, chart};
use crate::{
    analysis::{StallCurve, Step},
    format::{Unit, duration_tick, plain, share},
    render::{
        svg::{Axis, Course, Law, LineChart, Reference},
        table::{figure, raw_link, table, text},
        view::View,
    },
};

/// Section 6: latency against offered rate; p99 stands apart, beside what the machine does by itself.
pub(crate) fn section(view: View<'_>) -> Markup {
    let charts = &view.analysis.latency;
    html! {
        section #latency aria-labelledby="latency-heading" {
            h2 #latency-heading { "Latency against offered rate" }
            @if !charts.is_empty() {
                p.soft { "Open loop: a request's latency counts from when it was due, whether or not its connection was free." }
                h3 { "p50 and p90" }
                div.charts { @for one in charts { (chart(view, one, Parts::Body, Unit::Us, Vec::new())) } }
                h3 { "p99, beside the machine's own stall curve" }
                p.soft { (stalls(view)) }
                div.charts {
                    @for one in charts { (chart(view, one, Parts::Tail, Unit::Us, levels(view))) }
                    (stall_curve(view))
                }
            }
        }
    }
}

fn stalls(view: View<'_>) -> String {
    let decided = view.analysis.capacity.iter().any(|one| one.undecidable.is_none());
    let rests =
        if decided { "no verdict but that on an objective far above rests on p99" } else { "no verdict rests on p99" };
    view.analysis.trust.stalls.as_ref().map_or_else(
        || format!("The machine's stalls are not known: {rests}."),
        |stalls| {
            let (lost, longest) = (share(stalls.share), Unit::Us.value(stalls.longest_us));
            format!("This machine stalls by itself for {lost} of the time, {longest} at the longest: {rests}.")
        },
    )
}

/// The machine's own p99, where its stalls take more than 1 % of the time, and its longest stall.
fn levels(view: View<'_>) -> Vec<Reference> {
    let Some(stalls) = &view.analysis.trust.stalls else { return Vec::new() };
    let own = [("the machine alone, p99", p99(stalls)), ("the machine's longest stall", Some(stalls.longest_us))];
    let is_there = own.into_iter().filter_map(|(label, us)| Some((label, us.filter(|us| *us > 0.0)?)));
    is_there.map(|(label, us)| Reference { course: Course::Level(us), label: label.to_owned() }).collect()
}

fn p99(stalls: &StallCurve) -> Option<f64> {
    Some(stalls.steps.iter().find(|step| step.quantile >= 0.99 - 1e-9)?.latency_us)
}

/// Percentiles of the table behind the picture.
const TOLD: [f64; 6] = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

/// What the machine alone makes a request wait, by percentile; nothing where the lengths of its stalls are not known.
pub(crate) fn stall_curve(view: View<'_>) -> Markup {
    // From where nothing is waited on: an axis from zero shows where waiting begins.
    let points: Vec<_> = steps(view).iter().map(|step| (step.quantile, step.latency_us)).collect();
    if points.len() < 2 {
        return html! {};
    }
    let chart = LineChart {
        title: "The machine's own stall curve".to_owned(),
        description: "What a request due at a random moment waits because the machine stands still, by percentile."
            .to_owned(),
        x: Axis { title: "percentile".to_owned(), law: Law::Tail, tick: percentile },
        y: Axis { title: "wait for the machine alone".to_owned(), law: Law::Linear, tick: duration_tick },
        lines: Vec::new(),
        bands: Vec::new(),
        references: vec![curve(points)],
    };
    html! { div.chart #chart-stalls { (figure(&chart.picture(), &stall_figures(view))) } }
}

/// The curve, to be drawn behind others up to the quantile where these end; none where nothing of it is to be seen.
pub(super) fn stall_reference(view: View<'_>, up_to: f64) -> Option<Reference> {
    let is_seen = |step: &&Step| step.latency_us > 0.0 && step.quantile <= up_to;
    let points: Vec<_> = steps(view).iter().filter(is_seen).map(|step| (step.quantile, step.latency_us)).collect();
    (points.len() > 1).then(|| curve(points))
}

fn curve(points: Vec<(f64, f64)>) -> Reference {
    Reference { course: Course::Points(points), label: "the machine alone".to_owned() }
}

/// The wait at a quantile, in words.
pub(super) fn stall_wait(view: View<'_>, quantile: f64) -> String {
    let step = steps(view).iter().find(|step| (step.quantile - quantile).abs() < 1e-9);
    step.map_or_else(|| "n/a".to_owned(), |step| Unit::Us.value(step.latency_us))
}

fn steps(view: View<'_>) -> &[Step] {
    view.analysis.trust.stalls.as_ref().map_or(&[], |stalls| &stalls.steps)
}

fn stall_figures(view: View<'_>) -> Markup {
    let row = |quantile: f64| vec![text(percentile(quantile)), html! { span.num { (stall_wait(view, quantile)) } }];
    html! {
        (table(&["Percentile", "Wait"], TOLD.into_iter().map(row).collect()))
        p.note { "From the stalls in " (raw_link("manifest.json", "manifest.json")) " and " (raw_link("end.json", "end.json")) "." }
    }
}

/// A quantile as an axis names it: `p99.9`.
pub(super) fn percentile(quantile: f64) -> String {
    format!("p{}", plain(quantile * 100.0))
}
