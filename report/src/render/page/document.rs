use maud::{Markup, html};

use super::{answer, appendix, costs, latency, map, rivals, trust, verdicts};
use crate::{
    analysis::Analysis,
    render::{
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
    let title = format!("Threads or async? {}, {}", shortened(&manifest.plan.name, 40), day(manifest.started_unix_s));
    let body = html! {
        a.skip href="#answer" { "Skip to the answer" }
        header { (heading(manifest)) }
        main { (sections(view)) }
        footer { p { "Made by " code { "report render" } " " (manifest.report_version) " from the files beside it: "
            a href="report.json" { "report.json" } ", " a href="report.md" { "report.md" } ", "
            a href="manifest.json" { "manifest.json" } "." } }
    };
    loadgen::page::document(&title, include_str!("report.css"), &body)
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
