//! Latency over all percentiles, a picture for each workload.

use maud::{Markup, html};

use super::latency::{percentile, stall_reference, stall_wait};
use crate::{
    analysis::PercentileCurve,
    format::{Unit, duration_tick},
    plan::Pace,
    render::{
        svg::{Axis, Law, Line, LineChart, LinePoint, Marks, Stroke},
        table::{figure, table, text, variant},
        view::View,
    },
};

/// Pictures at most: a plan may have more workloads than anyone looks through.
const MOST_CURVES: usize = 24;
/// Percentiles of the table behind a picture.
const TOLD_PERCENTILES: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 0.9999];

/// Latency where a reader looks for it: all percentiles of each workload.
pub(crate) fn section(view: View<'_>) -> Markup {
    let workloads = workloads(view);
    html! {
        section #percentiles aria-labelledby="percentiles-heading" {
            h2 #percentiles-heading { "Latency by situation" }
            p.soft {
                "Of all blocks together. They describe: verdicts come from blocks. \"The machine alone\" is what a request waits "
                "because the machine stands still."
            }
            div.charts { @for workload in workloads.iter().take(MOST_CURVES) { (one(view, workload)) } }
            @if workloads.len() > MOST_CURVES {
                p.note { (workloads.len() - MOST_CURVES) " more workloads are in report.json." }
            }
        }
    }
}

/// Races first, for there is not room for all.
fn workloads(view: View<'_>) -> Vec<&str> {
    let mut workloads: Vec<&str> = Vec::new();
    for curve in &view.analysis.appendix.percentiles {
        if !workloads.contains(&&*curve.workload) {
            workloads.push(&curve.workload);
        }
    }
    workloads.sort_by_key(|workload| !view.is_race(workload));
    workloads
}

fn one(view: View<'_>, workload: &str) -> Markup {
    let curves = view.analysis.appendix.percentiles.iter().filter(|curve| curve.workload == workload);
    let curves: Vec<_> = curves.collect();
    let farthest = curves.iter().filter_map(|curve| Some(curve.steps.last()?.quantile)).fold(0.0, f64::max);
    let chart = LineChart {
        title: format!("Latency by percentile: {}{}", view.situation(workload), loop_of(view, workload)),
        description: "Lines rise with the percentile; the lower line is the faster server.".to_owned(),
        x: Axis { title: "percentile".to_owned(), law: Law::Tail, tick: percentile },
        y: Axis { title: "latency from the intended start".to_owned(), law: Law::Log, tick: duration_tick },
        lines: curves.iter().map(|curve| line(view, curve)).collect(),
        bands: Vec::new(),
        references: stall_reference(view, farthest).into_iter().collect(),
    };
    figure(&chart.picture(), &percentile_figures(view, &curves))
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

fn percentile_figures(view: View<'_>, curves: &[&PercentileCurve]) -> Markup {
    let row = |curve: &&PercentileCurve| {
        let told = TOLD_PERCENTILES.map(|quantile| html! { span.num { (at(curve, quantile)) } });
        std::iter::once(variant(view, &curve.variant)).chain(told).collect()
    };
    let mut rows: Vec<Vec<Markup>> = curves.iter().map(row).collect();
    if stall_reference(view, 1.0).is_some() {
        let told = TOLD_PERCENTILES.map(|quantile| html! { span.num { (stall_wait(view, quantile)) } });
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

/// What a closed loop leaves out must be said wherever its latency stands.
pub(super) fn loop_of(view: View<'_>, workload: &str) -> &'static str {
    match view.workload(workload).map(|workload| workload.pace) {
        Some(Pace::Closed) => " (closed loop)",
        Some(Pace::RatePerS(_)) | None => "",
    }
}
