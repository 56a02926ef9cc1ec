use maud::{Markup, html};

use super::{answer, appendix, claims, costs, latency, map, percentiles, rivals, topology, trust, verdicts};
use crate::{
    analysis::Analysis,
    render::{
        text::{cleaned, commit, day, shortened},
        view::View,
    },
    results::Manifest,
};

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

/// A section of the page: whether this plan has it, its id, its name, what it holds, and whether it is folded.
type Part = (bool, &'static str, &'static str, fn(View<'_>) -> Markup, bool);

/// Those that the plan has. What a reader looks for stands open; what explains it is folded.
fn parts(view: View<'_>) -> Vec<Part> {
    let analysis = view.analysis;
    let has_map = !(analysis.map.is_empty() && analysis.map_by_cpu.is_empty() && analysis.capacity.is_empty());
    let has_costs = !(analysis.costs.is_empty() && analysis.memory.is_empty() && analysis.herd.is_empty());
    let has_rivals = analysis.variants.iter().any(|entry| entry.is_rival);
    let topologies = &analysis.topologies;
    let has_topologies = !(topologies.costs.is_empty() && topologies.outages.is_empty());
    let all: [Part; 9] = [
        (!analysis.claims.is_empty(), "claims", "The claims of the original report", claims::section, false),
        (has_topologies, "topologies", "A central server, a star, a herd", topology::section, false),
        (!analysis.appendix.percentiles.is_empty(), "percentiles", "Latency by situation", percentiles::section, false),
        (!analysis.latency.is_empty(), "latency", "Latency against offered rate", latency::section, true),
        (!analysis.rows.is_empty(), "verdicts", "Every comparison", verdicts::section, true),
        (has_map, "map", "Capacity against connections", map::section, true),
        (has_costs, "costs", "CPU and memory in figures", costs::section, true),
        (has_rivals, "rivals", "Other servers and languages", rivals::section, true),
        (true, "appendix", "Runs, machine, plan and commands", appendix::section, true),
    ];
    all.into_iter().filter(|(is_there, ..)| *is_there).collect()
}

fn sections(view: View<'_>) -> Markup {
    let parts = parts(view);
    html! {
        (answer::section(view))
        (trust::section(view))
        nav aria-label="Sections" { @for (_, id, name, ..) in &parts { a href={ "#" (id) } { (name) } " " } }
        @for (_, _, name, section, is_folded) in &parts {
            @if *is_folded { details.part { summary { (name) } (section(view)) } } @else { (section(view)) }
        }
    }
}

fn heading(manifest: &Manifest) -> Markup {
    html! {
        h1 { "Threads or async?" }
        p.soft {
            "Plan " (shortened(&manifest.plan.name, 40)) ", " (day(manifest.started_unix_s)) ", commit " (commit(manifest.commit.as_deref())) ", "
            (shortened(&manifest.machine.named(), 120)) ", " (manifest.machine.processors) " processors"
        }
    }
}
