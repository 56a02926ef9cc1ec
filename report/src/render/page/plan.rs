use maud::{Markup, html};

use super::part::{scrolled, table, text};
use crate::{
    plan::{Pace, Placement, Plan, Role, Workload},
    render::{
        format::{Unit, plain, share},
        view::View,
    },
};

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
                li { (row.workload) ", " (row.metric.title()) ": " (view.label(&row.a)) " / " (view.label(&row.b)) }
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
        share(plan.margins.throughput),
        share(margins.cpu),
        share(margins.latency),
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
        "Delay of places",
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
    }
}
