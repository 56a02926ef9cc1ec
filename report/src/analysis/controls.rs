//! The A/A controls: the same variant entered twice, and what is void where the two differ.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::{
    comparison::{Contest, Standing, margin},
    evidence::Ledger,
    row::{Outcome, Row},
};
use crate::{
    plan::{Metric, Workload},
    stats::Twins,
};

/// A twin row in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwinCheck {
    /// The row (`Row::id`).
    pub row: String,
    /// Whether its interval does not lie wholly beyond the margin.
    pub is_passed: bool,
}

/// Workloads and metrics of which nothing is said, because the twins differ there (METHOD 2.2).
#[derive(Debug, Default)]
pub(in crate::analysis) struct Voids {
    words: BTreeMap<(String, Metric), String>,
}

impl Voids {
    /// Judges the twins everywhere.
    pub(in crate::analysis) fn of(ledger: &Ledger<'_>) -> Self {
        let mut words = BTreeMap::new();
        for workload in &ledger.plan().workload {
            for metric in METRICS {
                if let Some(why) = differ(ledger, workload, metric) {
                    words.insert((workload.name.clone(), metric), why);
                }
            }
        }
        Self { words }
    }

    /// Why nothing is said; none where something is.
    pub(in crate::analysis) fn words(&self, workload: &str, metric: Metric) -> Option<&str> {
        self.words.get(&(workload.to_owned(), metric)).map(String::as_str)
    }
}

/// Those that the twins are judged by: the percentile that decides nothing is none of them.
const METRICS: [Metric; 7] = [
    Metric::Throughput,
    Metric::CpuPerRequest,
    Metric::LatencyP50,
    Metric::LatencyP90,
    Metric::MemoryPerIdleConnection,
    Metric::MemoryPerActiveConnection,
    Metric::Capacity,
];

/// The twin rows in short.
pub(in crate::analysis) fn twin_checks(rows: &[Row]) -> Vec<TwinCheck> {
    let twins = rows.iter().filter(|row| row.standing == Standing::Twin);
    // Twins without an interval have passed nothing.
    twins
        .filter(|row| row.interval.is_some())
        .map(|row| TwinCheck { row: row.id.clone(), is_passed: row.outcome != Outcome::Void })
        .collect()
}

fn differ(ledger: &Ledger<'_>, workload: &Workload, metric: Metric) -> Option<String> {
    let plan = ledger.plan();
    let contest = Contest { workload, metric, a: &plan.twin, b: &plan.threads, standing: Standing::Twin };
    let bounds: Vec<_> = contest.pairs(ledger).iter().map(|pair| (pair.a, pair.b)).collect();
    let margin = margin(&plan.margins, metric);
    match Twins::judge(&bounds, margin) {
        Ok(twins @ Twins::Differ { .. }) => Some(format!("{}, {} blocks", twins.words(margin), bounds.len())),
        Ok(Twins::NoiseFloor { .. } | Twins::TooFew { .. }) | Err(_) => None,
    }
}
