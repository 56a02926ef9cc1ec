use maud::{Markup, html};

use super::{
    chart::{Parts, chart},
    part::not_measured,
};
use crate::render::{
    figure::Level,
    format::{Unit, share},
    view::View,
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
                h3 { "p99, beside the machine's own stalls" }
                p.soft { (stalls(view)) }
                div.charts { @for one in charts { (chart(view, one, Parts::Tail, Unit::Us, levels(view))) } }
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

fn levels(view: View<'_>) -> Vec<Level> {
    let longest = view.analysis.trust.stalls.as_ref().map(|stalls| stalls.longest_us).filter(|us| *us > 0.0);
    longest.map(|y| Level { y, label: "the machine's longest stall".to_owned() }).into_iter().collect()
}
