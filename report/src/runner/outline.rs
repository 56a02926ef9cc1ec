use std::fmt::Write;

use super::{fitness::Fitness, progress::in_words};
use crate::plan::{Pace, Plan, Role, Workload};

/// What a plan will do and how long each part will take, for people.
#[must_use]
pub fn outline(plan: &Plan) -> String {
    let mut text = format!("{}: {}\n\n", plan.name, plan.about);
    let mut line = |words: String| {
        // A string takes all that is written.
        let _infallible = writeln!(text, "{words}");
    };
    line(format!("variants: {}", plan.variants.join(", ")));
    line(format!("once: builds, conformance checks, probes of {} s for stalls", plan.stall_probe_s));
    line(format!("{} blocks of {}, each:", plan.blocks, block_times(plan)));
    let warm_up = in_words(plan.warm_up_time());
    line(format!("    all variants started afresh, each warmed under load: {warm_up} each"));
    for workload in &plan.workload {
        let time = in_words(plan.run_time(workload));
        let runners = plan.runners(workload).len();
        let first = workload.blocks.map_or_else(String::new, |blocks| format!(", in the first {blocks} blocks"));
        line(format!("    {:<16} {runners:>2} variants, {time} each: {}{first}", workload.name, load(plan, workload)));
    }
    for row in &plan.primary {
        line(format!("decides: {} of {} against {} in {}", row.metric.title(), row.a, row.b, row.workload));
    }
    for warning in Fitness::of(plan).warnings {
        line(format!("warning: {warning}"));
    }
    line(format!("in all about {}, once everything is built", in_words(plan.time())));
    text
}

/// How long blocks take: the first one, and the last one where it is shorter.
fn block_times(plan: &Plan) -> String {
    let [first, last] = [1, plan.blocks].map(|block| in_words(plan.block_time(block)));
    if first == last { first } else { format!("{first} down to {last}") }
}

fn load(plan: &Plan, workload: &Workload) -> String {
    let Workload { connections, idle, depth, iamat, whatsat, .. } = workload;
    let mix = format!("IAMAT {iamat} to WHATSAT {whatsat}");
    if workload.role == Role::Memory {
        let steps: Vec<String> = workload.steps.iter().map(ToString::to_string).collect();
        return format!("memory at {} connections, idle and with load", steps.join(", "));
    }
    let pace = match workload.pace {
        Pace::Closed => "closed loop".to_owned(),
        Pace::RatePerS(rate_per_s) => match &workload.objective {
            Some(objective) => format!("the highest rate that keeps {objective}, searched from about {rate_per_s}/s"),
            None => format!("open loop of {rate_per_s}/s"),
        },
    };
    let others = [
        (*idle > 0).then(|| format!("{idle} idle")),
        (*depth > 1).then(|| format!("depth {depth}")),
        workload.requests_per_connection.map(|requests| format!("{requests} a connection")),
        workload.places_delay_ms.map(|delay_ms| format!("places take {delay_ms} ms")),
        Some(format!("{} s measured", plan.measured_s(workload))),
    ];
    let others: Vec<String> = others.into_iter().flatten().collect();
    format!("{connections} connections, {pace}, {mix}, {}", others.join(", "))
}
