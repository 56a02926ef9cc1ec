use maud::{Markup, html};

use crate::{
    analysis::{ControlCheck, Row, StallCurve, VoidCount},
    format::{Unit, share},
    render::{
        table::{folded, raw_link, scrolled, table, text},
        text::anchor,
        view::View,
    },
};

/// Section 2: why the figures can be trusted, and where not, in one line; the rest is folded.
pub(crate) fn section(view: View<'_>) -> Markup {
    let trust = &view.analysis.trust;
    html! {
        section #trust aria-labelledby="trust-heading" {
            h2 #trust-heading { "Can it be trusted?" }
            p { (trust.line) }
            (folded("Controls, stalls, warnings", &details(view)))
        }
    }
}

fn details(view: View<'_>) -> Markup {
    let trust = &view.analysis.trust;
    let warnings: Vec<_> = trust.warnings.iter().collect();
    html! {
        p {
            (trust.blocks_whole) " of " (trust.blocks_planned) " blocks are whole; " (trust.runs_measured) " runs count, "
            (trust.runs_excluded) " do not ("
            a href="#excluded" { "why" } "). In " (share(trust.cpu_bound_share))
            " of the runs less than 10 % of the machine was idle: there the client and the server share processors, and the "
            "server's CPU per request says more than its throughput."
        }
        @if !trust.voids.is_empty() {
            (table(&["Runs that do not count", "Reason", "Runs"], trust.voids.iter().map(|void| voided(view, void)).collect()))
        }
        h3 { "A/A controls: the same variant twice" }
        @if trust.controls.is_empty() { p.soft { "No control was compared." } }
        @else { (scrolled("A/A controls", &controls(view))) }
        h3 { "Stalls: what the machine did by itself" }
        (stalls(trust.stalls.as_ref()))
        h3 { "Warnings" }
        @if warnings.is_empty() { p.soft { "None." } }
        @else { ul { @for warning in warnings { li { (warning) } } } }
    }
}

fn controls(view: View<'_>) -> Markup {
    let controls = view.analysis.trust.controls.iter();
    table(&["Workload, metric", "a/b", "Verdict"], controls.map(|control| line(view, control)).collect())
}

fn voided(view: View<'_>, void: &VoidCount) -> Vec<Markup> {
    vec![text(view.label(&void.variant)), text(&void.reason), html! { span.num { (void.runs) } }]
}

fn line(view: View<'_>, control: &ControlCheck) -> Vec<Markup> {
    let row = view.row(&control.row);
    let name = html! {
        @match row {
            Some(row) => a href={ "#" (anchor(&row.id)) } { (view.situation(&row.workload)) ", " (row.metric.title()) },
            None => (control.row),
        }
    };
    let ratio = row.map_or_else(String::new, Row::figure);
    let verdict = match (control.is_void, control.differs) {
        (true, _) => "differs beyond the margin: its rows are void",
        (false, true) => "differs from itself",
        (false, false) => "no difference found",
    };
    let power = control.would_have_shown.map(|power| format!("; above {} would have shown", share(power)));
    vec![name, html! { span.num { (ratio) } }, text(format!("{verdict}{}", power.unwrap_or_default()))]
}

fn stalls(stalls: Option<&StallCurve>) -> Markup {
    html! {
        @match stalls {
            Some(stalls) => p {
                "A spinning thread lost " (share(stalls.share)) " of its time in stalls above 100 µs, the longest "
                (Unit::Us.value(stalls.longest_us)) ", in " (Unit::Us.value(stalls.probed_s * 1e6))
                " of probing over all processors. Percentiles above that share are the machine's as much as a server's. The probes stand in "
                (raw_link("manifest.json", "manifest.json")) " and " (raw_link("end.json", "end.json")) "."
            },
            None => p.soft { "The machine was not probed." },
        }
    }
}
