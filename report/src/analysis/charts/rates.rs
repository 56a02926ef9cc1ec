use super::curves::{Cell, curve, variants};
use crate::{
    analysis::{
        Chart,
        evidence::{Ledger, excess_over_ms, measure},
    },
    plan::{Metric, Pace, Role, Workload},
};

const PARTS: [(&str, Metric); 3] =
    [("p50", Metric::LatencyP50), ("p90", Metric::LatencyP90), ("p99", Metric::LatencyP99)];

/// Latency against offered rate: a chart for each load, in the plan's order.
pub(in crate::analysis) fn rates(ledger: &Ledger<'_>) -> Vec<Chart> {
    let mut groups: Vec<Vec<Cell<'_>>> = Vec::new();
    for workload in &ledger.plan().workload {
        let (Role::Rate, Pace::RatePerS(rate_per_s)) = (workload.role, workload.pace) else { continue };
        match groups.iter_mut().find(|group| is_same_load(group[0].1, workload)) {
            Some(group) => group.push((rate_per_s, workload)),
            None => groups.push(vec![(rate_per_s, workload)]),
        }
    }
    groups.into_iter().enumerate().map(|(index, cells)| chart(ledger, index + 1, cells)).collect()
}

/// Whether two workloads differ in their rate alone.
fn is_same_load(one: &Workload, other: &Workload) -> bool {
    let load = |workload: &Workload| {
        let Workload { iamat, whatsat, connections, idle, depth, requests_per_connection, .. } = *workload;
        (iamat, whatsat, connections, idle, depth, requests_per_connection, workload.places_delay_ms.map(f64::to_bits))
    };
    load(one) == load(other)
}

fn chart(ledger: &Ledger<'_>, number: usize, mut cells: Vec<Cell<'_>>) -> Chart {
    cells.sort_by(|one, other| one.0.total_cmp(&other.0));
    let load = cells[0].1;
    let mut curves = Vec::new();
    for variant in variants(ledger, &cells) {
        for (part, metric) in PARTS {
            curves.push(curve(ledger, &cells, variant, part, |workload, reading| measure(metric, workload, reading)));
        }
    }
    let excess = excess_over_ms(load);
    Chart {
        id: format!("latency-{number}"),
        title: format!("Latency against offered rate: {}", words(load)),
        x_title: "requests offered a second".to_owned(),
        y_title: if excess.is_some() { "latency over the delay of places, µs" } else { "latency, µs" }.to_owned(),
        curves,
        crossovers: Vec::new(),
        notes: excess
            .map(|delay_ms| format!("Latency is what exceeds the {delay_ms} ms that places take."))
            .into_iter()
            .collect(),
    }
}

/// A load without its rate, in words.
fn words(load: &Workload) -> String {
    let Workload { iamat, whatsat, connections, .. } = load;
    let mix = match (iamat, whatsat) {
        (_, 0) => "updates".to_owned(),
        (0, _) => "searches".to_owned(),
        (iamat, whatsat) => format!("updates and searches {iamat} to {whatsat}"),
    };
    let delay = match load.places_delay_ms {
        Some(delay_ms) if *whatsat > 0 && delay_ms > 0.0 => format!(", places take {delay_ms} ms"),
        Some(_) | None => String::new(),
    };
    format!("{mix} over {connections} connections{delay}")
}
