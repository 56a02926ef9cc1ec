use maud::{Markup, html};

use super::named::NamedRun;
use crate::{
    format::{Unit, grouped, plain},
    page::{scrolled, table, text},
    result::{PaceName, RunPlan, RunWorkload, Spacing},
};

/// What was asked for: a row for each setting, a column for each run. What differs between runs is bold.
pub(super) fn asked(runs: &[NamedRun]) -> Markup {
    let columns: Vec<_> = runs.iter().map(|run| settings(&run.result.plan)).collect();
    let headings: Vec<String> = std::iter::once("Setting".to_owned()).chain(runs.iter().map(NamedRun::label)).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let row = |at: usize, name: &'static str| {
        let values: Vec<&String> = columns.iter().map(|column| &column[at].1).collect();
        let is_alike = values.windows(2).all(|pair| pair[0] == pair[1]);
        let cell = |value: &&String| html! { @if is_alike { (value) } @else { strong { (value) } } };
        std::iter::once(text(name)).chain(values.iter().map(cell)).collect()
    };
    let names = columns.first().into_iter().flatten().map(|(name, _)| *name);
    let rows = names.enumerate().map(|(at, name)| row(at, name)).collect();
    scrolled("What was asked", &table(&headings, rows))
}

/// Every setting by its name, in the same order for every plan.
fn settings(plan: &RunPlan) -> [(&'static str, String); 12] {
    let targets: Vec<_> = plan.targets.iter().map(ToString::to_string).collect();
    let none = || "–".to_owned();
    [
        ("Targets", targets.join(", ")),
        ("Pace", pace(plan)),
        ("Commands", commands(&plan.workload)),
        ("Connections", grouped(f64::from(plan.connections))),
        ("Idle connections beside", grouped(f64::from(plan.idle))),
        ("Requests in flight on a connection, at most", plan.depth.to_string()),
        (
            "Replies until a connection is dialled anew",
            plan.requests_per_connection.map_or_else(none, |n| n.to_string()),
        ),
        ("Threads of the generator", plan.workers.to_string()),
        ("Warm-up", format!("{} s", plain(plan.warmup_s))),
        ("Window", format!("{} s", plain(plan.duration_s))),
        ("Time-out", format!("{} s", plain(plan.timeout_s))),
        ("Seed", plan.seed.to_string()),
    ]
}

fn pace(plan: &RunPlan) -> String {
    let spaced = match plan.arrivals {
        Some(Spacing::Poisson) => ", Poisson arrivals",
        Some(Spacing::Constant) => ", constant arrivals",
        None => "",
    };
    match (plan.pace, plan.rate_per_s) {
        (PaceName::Open, Some(rate)) => format!("open loop, {}{spaced}", Unit::PerSecond.value(rate)),
        (PaceName::Open, None) => format!("open loop{spaced}"),
        (PaceName::Closed, _) => "closed loop".to_owned(),
    }
}

fn commands(workload: &RunWorkload) -> String {
    match workload {
        RunWorkload::Herd { iamat, whatsat: 0, clients, .. } if *iamat > 0 => {
            format!("IAMAT of {} clients", grouped(f64::from(*clients)))
        }
        RunWorkload::Herd { iamat, whatsat, clients, .. } => {
            format!("IAMAT : WHATSAT = {iamat} : {whatsat}, {} clients", grouped(f64::from(*clients)))
        }
        RunWorkload::Raw { raw_lines, .. } => format!("{raw_lines} lines of a file"),
    }
}
