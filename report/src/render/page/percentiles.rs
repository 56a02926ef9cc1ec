use maud::{Markup, html};

use super::{
    part::{figure, not_measured, table, text, variant},
    stalls,
};
use crate::{
    analysis::PercentileCurve,
    render::{
        figure::{Axis, Law, Line, LineChart, LinePoint, Marks, Stroke},
        format::{Unit, duration_tick, plain},
        view::View,
    },
};

/// Pictures at most: a plan may have more workloads than anyone looks through.
const MOST: usize = 24;
/// Percentiles of the table behind a picture.
const TOLD: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 0.9999];

/// Latency over all percentiles, one picture for each workload.
pub(crate) fn percentiles(view: View<'_>) -> Markup {
    let curves = &view.analysis.appendix.percentiles;
    let mut workloads: Vec<&str> = Vec::new();
    for curve in curves {
        if !workloads.contains(&&*curve.workload) {
            workloads.push(&curve.workload);
        }
    }
    html! {
        h3 { "Latency over all percentiles" }
        @if curves.is_empty() { (not_measured("A curve of percentiles", "every plan with a load has them.")) }
        @else {
            p.soft {
                "Merged over blocks. Merged percentiles describe; verdicts come from blocks, and the two may differ. \"The machine "
                "alone\" is what a request due at a random moment waits because the machine stands still."
            }
            div.charts { @for workload in workloads.iter().take(MOST) { (one(view, workload)) } }
            @if workloads.len() > MOST {
                p.note { (workloads.len() - MOST) " more workloads are in report.json." }
            }
        }
    }
}

fn one(view: View<'_>, workload: &str) -> Markup {
    let curves = view.analysis.appendix.percentiles.iter().filter(|curve| curve.workload == workload);
    let curves: Vec<_> = curves.collect();
    let farthest = curves.iter().filter_map(|curve| Some(curve.steps.last()?.quantile)).fold(0.0, f64::max);
    let chart = LineChart {
        title: format!("Latency by percentile: {}", view.situation(workload)),
        description: "Lines rise with the percentile; the lower line is the faster server.".to_owned(),
        x: Axis { title: "percentile".to_owned(), law: Law::Tail, tick: percentile },
        y: Axis { title: "latency from the intended start".to_owned(), law: Law::Log, tick: duration_tick },
        lines: curves.iter().map(|curve| line(view, curve)).collect(),
        bands: Vec::new(),
        references: stalls::reference(view, farthest).into_iter().collect(),
    };
    figure(&chart.picture(), &figures(view, &curves))
}

fn line(view: View<'_>, curve: &PercentileCurve) -> Line {
    // An axis of what lies beyond has no place for the maximum.
    let drawn = curve.steps.iter().filter(|step| step.quantile < 0.999_995 && step.latency_us > 0.0);
    Line {
        colour: view.colour(&curve.variant),
        label: view.label(&curve.variant),
        stroke: Stroke::Solid,
        points: drawn.map(|step| LinePoint::bare(step.quantile, step.latency_us)).collect(),
        marks: Marks::End,
    }
}

fn figures(view: View<'_>, curves: &[&PercentileCurve]) -> Markup {
    let row = |curve: &&PercentileCurve| {
        let told = TOLD.map(|quantile| html! { span.num { (at(curve, quantile)) } });
        std::iter::once(variant(view, &curve.variant)).chain(told).collect()
    };
    let mut rows: Vec<Vec<Markup>> = curves.iter().map(row).collect();
    if stalls::reference(view, 1.0).is_some() {
        let told = TOLD.map(|quantile| html! { span.num { (stalls::wait(view, quantile)) } });
        rows.push(std::iter::once(text("the machine alone")).chain(told).collect());
    }
    html! {
        (table(&["Variant", "p50", "p90", "p99", "p99.9", "p99.99"], rows))
        p.note { "The histograms are in the raw files, which the " a href="#order" { "order of the runs" } " lists." }
    }
}

/// The first step at or above a quantile.
fn at(curve: &PercentileCurve, quantile: f64) -> String {
    let step = curve.steps.iter().find(|step| step.quantile >= quantile - 1e-9);
    step.map_or_else(|| "n/a".to_owned(), |step| Unit::Us.value(step.latency_us))
}

pub(super) fn percentile(quantile: f64) -> String {
    format!("p{}", plain(quantile * 100.0))
}
