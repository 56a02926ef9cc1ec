use maud::{Markup, html};

use super::{machine::machine, order::order, part::raw_link, percentiles::percentiles, plan::plan, seconds::seconds};
use crate::{analysis::Excluded, render::view::View};

/// Section 8: what a sceptic asks for.
pub(crate) fn section(view: View<'_>) -> Markup {
    let appendix = &view.analysis.appendix;
    html! {
        section #appendix aria-labelledby="appendix-heading" {
            h2 #appendix-heading { "Appendix" }
            (percentiles(view))
            (seconds(view))
            (order(view))
            (machine(view))
            (excluded(&appendix.excluded))
            (plan(view))
            (commands(&appendix.commands))
        }
    }
}

fn excluded(all: &[Excluded]) -> Markup {
    html! {
        h3 #excluded { "Runs that do not count" }
        @if all.is_empty() { p.soft { "None." } }
        @else { ul { @for one in all { li { (raw_link(&one.source, &one.source)) ": " (one.why) } } } }
    }
}

fn commands(all: &[String]) -> Markup {
    html! {
        h3 { "Do it again" }
        p.soft { "The whole comparison first. Once it has built everything, each workload alone: the stand-in for places, a server, a load; kill %1 %2 ends what runs behind." }
        pre tabindex="0" role="region" aria-label="Commands" { @for command in all { (command) "\n" } }
    }
}
