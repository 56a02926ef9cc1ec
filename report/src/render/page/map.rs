use maud::{Markup, html};

use super::{
    capacity::capacities,
    chart::{Parts, chart},
    part::not_measured,
};
use crate::{
    analysis::Chart,
    render::{format::Unit, view::View},
};

/// Section 4: which model does more, over connections and delays.
pub(crate) fn section(view: View<'_>) -> Markup {
    let analysis = view.analysis;
    html! {
        section #map aria-labelledby="map-heading" {
            h2 #map-heading { "Capacity against connections" }
            @if analysis.map.is_empty() && analysis.map_by_cpu.is_empty() {
                (not_measured("The map of capacity", "the plans standard and full measure it."))
            } @else {
                p.soft { "Closed loop: every connection asks again as soon as it is answered. One picture for each delay of "
                    "the service that is asked for places; bars are intervals over blocks." }
                h3 { "Replies a second" }
                (charts(view, &analysis.map))
                h3 { "Replies per second of the server's CPU" }
                (charts(view, &analysis.map_by_cpu))
            }
            (capacities(view))
        }
    }
}

fn charts(view: View<'_>, charts: &[Chart]) -> Markup {
    html! { div.charts { @for one in charts { (chart(view, one, Parts::All, Unit::PerSecond, Vec::new())) } } }
}
