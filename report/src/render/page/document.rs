use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{answer, appendix, costs, latency, map, rivals, trust, verdicts};
use crate::{
    analysis::Analysis,
    render::{
        svg::{keys, properties},
        text::{cleaned, commit, day, shortened},
        view::View,
    },
    results::Manifest,
};

/// The sections that a reader can go to: id and name.
const CONTENTS: [(&str, &str); 6] = [
    ("verdicts", "Verdicts"),
    ("map", "Capacity"),
    ("costs", "Costs"),
    ("latency", "Latency"),
    ("rivals", "Rivals"),
    ("appendix", "Appendix"),
];

/// The page.
///
/// # Errors
/// If the analysis holds a number that JSON has not.
pub fn page(analysis: &Analysis) -> serde_json::Result<String> {
    let analysis = cleaned(analysis)?;
    Ok(document(View { analysis: &analysis }).into_string() + "\n")
}

fn document(view: View<'_>) -> Markup {
    let manifest = &view.analysis.manifest;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Threads or async? " (shortened(&manifest.plan.name, 40)) ", " (day(manifest.started_unix_s)) }
                // No request goes out, whatever the page may hold.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                style { (PreEscaped(style())) }
            }
            body {
                (keys())
                a.skip href="#answer" { "Skip to the answer" }
                header { (heading(manifest)) }
                main { (sections(view)) }
                footer { p { "Made by " code { "report render" } " " (manifest.report_version) " from the files beside it: "
                    a href="report.json" { "report.json" } ", " a href="report.md" { "report.md" } ", "
                    a href="manifest.json" { "manifest.json" } "." } }
            }
        }
    }
}

fn sections(view: View<'_>) -> Markup {
    html! {
        (answer::section(view))
        (trust::section(view))
        nav aria-label="Sections" { @for (id, name) in CONTENTS { a href={ "#" (id) } { (name) } " " } }
        (verdicts::section(view))
        (map::section(view))
        (costs::section(view))
        (latency::section(view))
        (rivals::section(view))
        (appendix::section(view))
    }
}

fn heading(manifest: &Manifest) -> Markup {
    html! {
        h1 { "Threads or async?" }
        p.soft {
            "Plan " (shortened(&manifest.plan.name, 40)) ", " (day(manifest.started_unix_s)) ", commit " (commit(manifest.commit.as_deref())) ", "
            (shortened(&manifest.machine.processor, 60)) ", " (manifest.machine.processors) " processors"
        }
    }
}

fn style() -> String {
    properties() + include_str!("page.css") + include_str!("../svg/picture.css")
}
