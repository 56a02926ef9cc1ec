use maud::{Markup, html};

use crate::{
    format::{Unit, percent, plain},
    plan::{Pace, Placement, Plan, Role, Workload},
    render::{
        table::{folded, raw_link, scrolled, table, text},
        text::shortened,
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
        ("Processor".to_owned(), machine.named()),
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

/// What was to be measured, and how.
pub(crate) fn plan(view: View<'_>) -> Markup {
    let plan = &view.analysis.manifest.plan;
    html! {
        h3 { "Plan" }
        p { (plan.about) }
        p { (design(plan)) }
        (scrolled("Workloads", &workloads(plan)))
        h4 { "Primary rows, named before the run" }
        ul {
            @for row in &plan.primary {
                li { (view.situation(&row.workload)) ", " (row.metric.title()) ": " (view.label(&row.a)) " / " (view.label(&row.b)) }
            }
        }
    }
}

fn design(plan: &Plan) -> String {
    let placement = match plan.placement {
        Placement::Free => "server and load generator may use all processors",
        Placement::Split => "the load generator has the last processor, the server all others",
    };
    let margins = &plan.margins;
    format!(
        "{} blocks, seed {}; {} s of warm-up for each variant in each block, windows of {} s; {placement}. Differences that \
         matter: {} of throughput, {} of CPU and memory, {} of latency.",
        plan.blocks,
        plan.seed,
        plain(plan.warmup_s),
        plain(plan.measure_s),
        percent(margins.throughput),
        percent(margins.cpu),
        percent(margins.latency),
    )
}

fn workloads(plan: &Plan) -> Markup {
    let headings = [
        "Workload",
        "What",
        "Where",
        "Connections",
        "Idle",
        "Depth",
        "Pace",
        "IAMAT : WHATSAT",
        "Delay of the places service",
        "Variants",
    ];
    table(&headings, plan.workload.iter().map(workload).collect())
}

fn workload(one: &Workload) -> Vec<Markup> {
    let pace = match one.pace {
        Pace::Closed => "closed loop".to_owned(),
        Pace::RatePerS(rate) => match &one.objective {
            Some(objective) => format!("search from {} for {objective}", Unit::PerSecond.value(rate)),
            None => format!("open loop, {}", Unit::PerSecond.value(rate)),
        },
    };
    let delay = one.places_delay_ms.map_or_else(|| "–".to_owned(), |ms| format!("{} ms", plain(ms)));
    let variants = if one.variants.is_empty() { "all".to_owned() } else { one.variants.join(", ") };
    vec![
        text(&one.name),
        text(about(one)),
        text(place(one.role)),
        text(one.connections),
        text(one.idle),
        text(one.depth),
        text(pace),
        text(format!("{} : {}", one.iamat, one.whatsat)),
        text(delay),
        text(variants),
    ]
}

fn about(one: &Workload) -> String {
    one.blocks.map_or_else(|| one.about.clone(), |blocks| format!("{}; in the first {blocks} blocks", one.about))
}

fn place(role: Role) -> &'static str {
    match role {
        Role::Race => "verdicts",
        Role::Map => "map",
        Role::Rate => "rates",
        Role::Memory => "memory",
        Role::Capacity => "capacity",
        Role::Herd | Role::Farthest => "the herd",
        Role::Topology => "topologies",
    }
}
