use maud::{Markup, html};

use super::{
    chart::{Parts, chart},
    part::not_measured,
    stalls::stall_curve,
};
use crate::{
    analysis::StallCurve,
    render::{
        figure::{Course, Reference},
        format::{Unit, share},
        view::View,
    },
};

/// Section 6: latency against offered rate; p99 stands apart, beside what the machine does by itself.
pub(crate) fn section(view: View<'_>) -> Markup {
    let charts = &view.analysis.latency;
    html! {
        section #latency aria-labelledby="latency-heading" {
            h2 #latency-heading { "Latency against offered rate" }
            @if charts.is_empty() {
                (not_measured("Latency against rate", "the plans standard and full measure it."))
            } @else {
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
