//! The A/A controls: the same server entered twice, what it would have shown, and what is void where the two differ.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    comparison::{Comparison, Standing, margin},
    evidence::Ledger,
    row::{Outcome, Row},
};
use crate::{
    format::{counted, rounded, share},
    plan::{Metric, Workload},
    stats::{Chance, Control, would_have_shown},
};

/// A row of the A/A control in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlCheck {
    /// The row (`Row::id`).
    pub row: String,
    /// The relative difference that it would have shown, 0.02 for 2 %: half the width of its interval. None where an end is open.
    pub would_have_shown: Option<f64>,
    /// Whether its interval leaves out 1, as one in twenty does by chance.
    pub differs: bool,
    /// Whether its interval lies wholly beyond the margin, so that nothing is said of this workload and metric.
    pub is_void: bool,
    /// Whether it is the one of its workload that is held against chance: the others are of the same windows.
    pub is_counted: bool,
}

/// How often a variant's runs did not count for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidCount {
    /// The variant's name.
    pub variant: String,
    /// The reason, without the figures of a run.
    pub reason: String,
    /// Runs that do not count for it.
    pub runs: u32,
}

/// The runs that do not count, by variant and reason.
pub(in crate::analysis) fn void_counts(ledger: &Ledger<'_>) -> Vec<VoidCount> {
    let count = |((variant, reason), runs): (&(&str, String), &u32)| VoidCount {
        variant: (*variant).to_owned(),
        reason: reason.clone(),
        runs: *runs,
    };
    ledger.voided.iter().map(count).collect()
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
    let check = |row: &Row| {
        // One without an interval says nothing.
        let interval = row.interval?.of_logs();
        Some(ControlCheck {
            row: row.id.clone(),
            would_have_shown: would_have_shown(&interval),
            differs: !interval.holds(0.0),
            is_void: row.outcome == Outcome::Void,
            is_counted: is_counted(row.metric),
        })
    };
    rows.iter().filter(|row| row.standing == Standing::Control).filter_map(check).collect()
}

/// Of the metrics of one window one is held against chance: the others move with it.
fn is_counted(metric: Metric) -> bool {
    match metric {
        Metric::CpuPerRequest | Metric::MemoryPerIdleConnection | Metric::Capacity => true,
        Metric::Throughput
        | Metric::LatencyP50
        | Metric::LatencyP90
        | Metric::LatencyP99
        | Metric::MemoryPerActiveConnection => false,
    }
}

/// How many controls differ, against what chance gives; none without controls.
pub(in crate::analysis) fn chance(checks: &[ControlCheck]) -> Option<Chance> {
    let counted: Vec<_> = checks.iter().filter(|check| check.is_counted).collect();
    let differ = counted.iter().filter(|check| check.differs).count();
    let of = u32::try_from(counted.len()).ok().filter(|of| *of > 0)?;
    Some(Chance::of(u32::try_from(differ).ok()?, of))
}

/// What the controls say in one clause: how many differ, what chance gives, and what they would have shown.
pub(in crate::analysis) fn in_words(checks: &[ControlCheck]) -> String {
    let Some(chance) = chance(checks) else { return "no A/A control could be checked".to_owned() };
    let (least, most) = checks
        .iter()
        .filter(|check| check.is_counted)
        .filter_map(|check| check.would_have_shown)
        .fold((f64::INFINITY, 0.0_f64), |(least, most), power| (least.min(power), most.max(power)));
    let Chance { differ, of, .. } = chance;
    let power = match (share(least), share(most)) {
        _ if least > most => String::new(),
        (least, most) if least == most => format!("; a difference above {most} would have shown"),
        (least, most) => format!("; a difference above {least} to {most} would have shown"),
    };
    let void = match checks.iter().filter(|check| check.is_void).count() {
        0 => String::new(),
        void => format!("; {} void", counted(void, "comparison")),
    };
    format!("{differ} of {of} A/A controls differ (chance: {}){power}{void}", rounded(chance.expected(), 2))
}

/// What stands above all else where more controls differ than chance explains.
pub(in crate::analysis) fn too_narrow(chance: &Chance) -> Option<String> {
    let Chance { differ, of, p } = chance;
    chance.is_beyond().then(|| {
        format!(
            "The intervals on this page are too narrow: {differ} of {of} A/A controls, the same server entered twice, \
             show a difference that is not there. Chance gives {} of {of}, and so many with a probability of {}.",
            rounded(chance.expected(), 1),
            share(*p)
        )
    })
}

fn differ<'a>(ledger: &Ledger<'a>, workload: &'a Workload, metric: Metric) -> Option<String> {
    let plan = ledger.plan();
    let comparison = Comparison { workload, metric, a: &plan.twin, b: &plan.threads, standing: Standing::Control };
    let bounds: Vec<_> = comparison.pairs(ledger).iter().map(|pair| (pair.a, pair.b)).collect();
    let margin = margin(&plan.margins, metric);
    match Control::judge(&bounds, margin) {
        Ok(control @ Control::Void { .. }) => Some(format!("{}, {} blocks", control.words(margin), bounds.len())),
        Ok(Control::Alike { .. } | Control::Differs { .. } | Control::TooFew { .. }) | Err(_) => None,
    }
}
