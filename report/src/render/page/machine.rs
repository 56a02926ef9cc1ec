use maud::{Markup, html};

use super::part::{folded, raw_link, scrolled, table, text};
use crate::{
    render::{
        format::{Unit, shortened},
        view::View,
    },
    results::{Machine, Manifest, Participant, Participation, Wakeups},
};

/// Characters of a hash that tell two files apart.
const HASH: usize = 17;

/// Where it ran, of which versions, and what a wake-up costs there.
pub(crate) fn machine(view: View<'_>) -> Markup {
    let manifest = &view.analysis.manifest;
    html! {
        p.soft { "Calibration, machine and versions stand in " (raw_link("manifest.json", "manifest.json")) "." }
        h3 { "Calibration: what a wake-up costs here" }
        (wakeups(manifest.wakeups.as_ref()))
        h3 { "Machine" }
        (facts(&manifest.machine))
        h3 { "Versions" }
        (versions(manifest))
    }
}

fn wakeups(wakeups: Option<&Wakeups>) -> Markup {
    let line = |place: &str, us: Option<f64>| {
        vec![text(place), html! { span.num { (us.map_or_else(|| "–".to_owned(), |us| Unit::Us.value(us))) } }]
    };
    html! {
        @match wakeups {
            Some(costs) => {
                p.soft { "A byte there and back between two threads, medians. Placement can change one connection's rate by "
                    "these factors." }
                (table(&["Threads", "There and back"], vec![
                    line("on one processor", Some(costs.same_us)),
                    line("on two processors", costs.across_us),
                    line("placed by the system", Some(costs.free_us)),
                ]))
            }
            None => p.soft { "Not measured." },
        }
    }
}

fn facts(machine: &Machine) -> Markup {
    let memory = Unit::Kib.value(machine.memory_kib as f64);
    let mut rows = vec![
        ("Processor".to_owned(), machine.processor.clone()),
        ("Processors".to_owned(), machine.processors.to_string()),
        ("Memory".to_owned(), memory),
        ("Kernel".to_owned(), machine.kernel.clone()),
        ("System".to_owned(), machine.system.clone()),
        ("Load at the start".to_owned(), format!("{:.2}", machine.load_average)),
    ];
    rows.extend(machine.limits.iter().cloned());
    let rows = rows.into_iter().map(|(name, value)| vec![text(name), text(value)]);
    scrolled("Machine", &table(&["What", "Value"], rows.collect()))
}

fn versions(manifest: &Manifest) -> Markup {
    let rows = manifest.participants.iter().map(participant);
    let headings = ["Variant", "Language", "Concurrency", "Version", "SHA-256 of its files"];
    scrolled("Versions", &table(&headings, rows.collect()))
}

fn participant(one: &Participant) -> Vec<Markup> {
    let version = match (&one.participation, &one.version) {
        (Participation::NotRun(why), _) => format!("not run: {why}"),
        (Participation::Takes, Some(version)) => version.clone(),
        (Participation::Takes, None) => "–".to_owned(),
    };
    let hashes = html! { @for (path, hash) in &one.hashes { div { code { (shortened(hash, HASH)) } " " (path) } } };
    let hashes = if one.hashes.is_empty() { text("–") } else { folded("hashes", &hashes) };
    vec![text(&one.name), text(&one.language), text(&one.model), text(version), hashes]
}
