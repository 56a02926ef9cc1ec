use maud::{Markup, html};

use super::{
    asked::asked,
    charts::{latencies, percentiles, replies},
    figures::{HEADINGS, figures},
    named::NamedRun,
};
use crate::{
    format::{Unit, grouped, plain},
    page::{cleaned, day, document, folded, key, scrolled, table, text},
    result::{RunResult, SlowAnswer},
};

/// A page of a run, or of several beside each other, complete in itself. Texts of a result are shown as text, whatever they
/// hold.
///
/// # Errors
/// If a result holds a number that JSON has not.
pub fn page(runs: &[NamedRun]) -> serde_json::Result<String> {
    let runs: Vec<NamedRun> = runs.iter().map(harmless).collect::<serde_json::Result<_>>()?;
    let title = match runs.as_slice() {
        [run] => format!("loadgen run: {}", run.name),
        _ => "loadgen run: results beside each other".to_owned(),
    };
    Ok(document(&title, "", &body(&title, &runs)).into_string() + "\n")
}

/// A run whose texts are harmless for readers. Histograms are long texts that nobody reads: they stay whole.
fn harmless(run: &NamedRun) -> serde_json::Result<NamedRun> {
    let latency = run.result.latency.clone();
    Ok(NamedRun { name: cleaned(&run.name)?, result: RunResult { latency, ..cleaned(&run.result)? } })
}

fn body(title: &str, runs: &[NamedRun]) -> Markup {
    html! {
        header {
            h1 { (title) }
            @if let [run] = runs { p.soft { (origin(&run.result)) } }
        }
        main {
            section #verdict aria-labelledby="verdict-heading" {
                h2 #verdict-heading { "Do these figures hold?" }
                p.soft { "First of all, whether the load generator itself was the limit." }
                @for (at, run) in (0..).zip(runs) { (verdict(at, run, runs.len() > 1)) }
            }
            section #figures aria-labelledby="figures-heading" {
                h2 #figures-heading { "Figures" }
                (scrolled("Figures", &table(&HEADINGS, runs.iter().map(line).collect())))
                p.soft { (meaning(runs)) }
                div.charts { (percentiles(runs)) (replies(runs)) (latencies(runs)) }
            }
            section #asked aria-labelledby="asked-heading" {
                h2 #asked-heading { "What was asked" }
                (asked(runs))
            }
            section #troubles aria-labelledby="troubles-heading" {
                h2 #troubles-heading { "Slowest replies and failures" }
                @for run in runs { (folded(&format!("{}: {}", run.name, failures(&run.result)), &troubles(&run.result))) }
            }
        }
        footer { p { "Made by " code { "loadgen" } " " (env!("CARGO_PKG_VERSION")) ". loadgen/README.md explains every figure." } }
    }
}

fn origin(result: &RunResult) -> String {
    let targets: Vec<_> = result.plan.targets.iter().map(ToString::to_string).collect();
    format!("{}, {}, loadgen {}", targets.join(", "), day(result.started_unix_s), result.loadgen_version)
}

fn verdict(colour: u32, run: &NamedRun, is_named: bool) -> Markup {
    let result = &run.result;
    let told = format!(
        "{} requests were due in {} s; {} replies were right, {}.",
        grouped(result.requests as f64),
        plain(result.window_s),
        grouped(result.completed as f64),
        failures(result),
    );
    html! {
        @if is_named { h3 { (key(colour)) " " (run.name) " " span.soft { (origin(result)) } } }
        p { strong { (result.verdict.line) } }
        p { (told) }
    }
}

fn failures(result: &RunResult) -> String {
    let kinds = result.faults.named().into_iter().filter(|(_, count)| *count > 0);
    let kinds: Vec<_> = kinds.map(|(name, count)| format!("{} {name}", grouped(count as f64))).collect();
    if kinds.is_empty() { "no request failed".to_owned() } else { format!("failed requests: {}", kinds.join(", ")) }
}

fn line(run: &NamedRun) -> Vec<Markup> {
    figures(run).into_iter().map(|figure| html! { span.num { (figure) } }).collect()
}

/// What latency means in these runs.
fn meaning(runs: &[NamedRun]) -> &'static str {
    match (runs.iter().any(NamedRun::is_open), runs.iter().all(NamedRun::is_open)) {
        (_, true) => {
            "Open loop: latency counts from when a request was due, whether or not its connection was free. \"Too few\" means \
             fewer than ten requests beyond the percentile."
        }
        (false, false) => {
            "Closed loop: a connection asks again when it is answered, so latency leaves out what was not asked meanwhile. \
             \"Too few\" means fewer than ten requests beyond the percentile."
        }
        (true, false) => {
            "Open and closed loops stand beside each other here: do not compare their latencies. A closed loop leaves out what \
             was not asked while a reply was awaited."
        }
    }
}

fn troubles(result: &RunResult) -> Markup {
    let row = |slow: &SlowAnswer| {
        vec![
            html! { span.num { (Unit::Us.value(slow.latency_us)) } },
            html! { span.num { (plain((slow.intended_s * 1e3).round() / 1e3)) " s" } },
            text(slow.connection),
            text(slow.in_flight),
        ]
    };
    let headings = ["Latency", "Due at", "Connection", "In flight"];
    html! {
        @if !result.slowest.is_empty() {
            (scrolled("Slowest replies", &table(&headings, result.slowest.iter().map(row).collect())))
        }
        @if !result.kept_replies.is_empty() { ul { @for one in &result.kept_replies { li { (one) } } } }
    }
}
