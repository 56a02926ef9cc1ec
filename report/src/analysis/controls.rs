//! The A/A controls: the same variant entered twice, and what is void where the two differ.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    comparison::{Comparison, Standing, margin},
    evidence::Ledger,
    row::{Outcome, Row},
};
use crate::{
    plan::{Metric, Workload},
    stats::Control,
};

/// A row of the A/A control in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlCheck {
    /// The row (`Row::id`).
    pub row: String,
    /// Whether its interval does not lie wholly beyond the margin.
    pub is_passed: bool,
}

/// Workloads and metrics of which nothing is said, because the control differs there (METHOD 2.2).
#[derive(Debug, Default)]
pub(in crate::analysis) struct Voids {
    words: BTreeMap<(String, Metric), String>,
}

impl Voids {
    /// Judges the control everywhere.
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

/// Those that the control is judged by: the percentile that decides nothing is none of them.
const METRICS: [Metric; 7] = [
    Metric::Throughput,
    Metric::CpuPerRequest,
    Metric::LatencyP50,
    Metric::LatencyP90,
    Metric::MemoryPerIdleConnection,
    Metric::MemoryPerActiveConnection,
    Metric::Capacity,
];

/// The rows of the control in short.
pub(in crate::analysis) fn control_checks(rows: &[Row]) -> Vec<ControlCheck> {
    let controls = rows.iter().filter(|row| row.standing == Standing::Control);
    // One without an interval has passed nothing.
    controls
        .filter(|row| row.interval.is_some())
        .map(|row| ControlCheck { row: row.id.clone(), is_passed: row.outcome != Outcome::Void })
        .collect()
}

fn differ(ledger: &Ledger<'_>, workload: &Workload, metric: Metric) -> Option<String> {
    let plan = ledger.plan();
    let comparison = Comparison { workload, metric, a: &plan.twin, b: &plan.threads, standing: Standing::Control };
    let bounds: Vec<_> = comparison.pairs(ledger).iter().map(|pair| (pair.a, pair.b)).collect();
    let margin = margin(&plan.margins, metric);
    match Control::judge(&bounds, margin) {
        Ok(control @ Control::Differs { .. }) => Some(format!("{}, {} blocks", control.words(margin), bounds.len())),
        Ok(Control::NoiseFloor { .. } | Control::TooFew { .. }) | Err(_) => None,
    }
}
