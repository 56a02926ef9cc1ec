use maud::{Markup, html};

use super::{
    part::{figure, raw_link, table, text},
    percentiles::percentile,
};
use crate::{
    analysis::Step,
    render::{
        figure::{Axis, Course, Law, LineChart, Reference},
        format::{Unit, duration_tick},
        view::View,
    },
};

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
    html! { div.chart #chart-stalls { (figure(&chart.picture(), &figures(view))) } }
}

/// The curve, to be drawn behind others up to the quantile where these end; none where nothing of it is to be seen.
pub(super) fn reference(view: View<'_>, up_to: f64) -> Option<Reference> {
    let is_seen = |step: &&Step| step.latency_us > 0.0 && step.quantile <= up_to;
    let points: Vec<_> = steps(view).iter().filter(is_seen).map(|step| (step.quantile, step.latency_us)).collect();
    (points.len() > 1).then(|| curve(points))
}

fn curve(points: Vec<(f64, f64)>) -> Reference {
    Reference { course: Course::Points(points), label: "the machine alone".to_owned() }
}

/// The wait at a quantile, in words.
pub(super) fn wait(view: View<'_>, quantile: f64) -> String {
    let step = steps(view).iter().find(|step| (step.quantile - quantile).abs() < 1e-9);
    step.map_or_else(|| "n/a".to_owned(), |step| Unit::Us.value(step.latency_us))
}

fn steps(view: View<'_>) -> &[Step] {
    view.analysis.trust.stalls.as_ref().map_or(&[], |stalls| &stalls.steps)
}

fn figures(view: View<'_>) -> Markup {
    let row = |quantile: f64| vec![text(percentile(quantile)), html! { span.num { (wait(view, quantile)) } }];
    html! {
        (table(&["Percentile", "Wait"], TOLD.into_iter().map(row).collect()))
        p.note { "From the stalls in " (raw_link("manifest.json", "manifest.json")) " and " (raw_link("end.json", "end.json")) "." }
    }
}
