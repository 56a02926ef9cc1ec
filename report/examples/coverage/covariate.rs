//! Whether the speed probe may correct figures: on the A/A pairs of a recording, does it lower their variance without moving
//! their mean? (`report/METHOD.md` 2.3)

use std::{collections::BTreeMap, fmt::Write, path::Path};

use fastrand::Rng;
use report::{
    results::{Run, RunDirectory, RunSlice, Status},
    stats::{Level, Sample, SignedRank},
};

use super::slices::{Cost, Shape, race};

/// Of one workload, the log-ratios of threads and their control.
#[derive(Debug, Default)]
struct Pairs {
    plain: Vec<f64>,
    by_probe: Vec<f64>,
}

/// A Markdown table: a line for each workload of the recording that was raced in slices.
pub(crate) fn table(directory: &Path) -> anyhow::Result<String> {
    let contents = RunDirectory::open(directory)?.contents()?;
    let plan = &contents.manifest.plan;
    let mut costs: BTreeMap<(&str, u32, &str), Cost> = BTreeMap::new();
    for run in contents.runs.iter().filter(|run| run.status == Status::Measured) {
        if let Some(cost) = cost(run) {
            costs.insert((&run.workload, run.block, &run.variant), cost);
        }
    }
    let mut table = format!("{HEAD}{}\n", line("simulated", &simulated(&mut Rng::with_seed(plan.seed))));
    for workload in &plan.workload {
        let mut pairs = Pairs::default();
        for block in 1..=plan.blocks_of(workload) {
            let of = |variant| costs.get(&(workload.name.as_str(), block, variant));
            if let (Some(one), Some(other)) = (of(plan.threads.as_str()), of(plan.twin.as_str())) {
                pairs.plain.push((one.plain / other.plain).ln());
                pairs.by_probe.push((one.by_probe / other.by_probe).ln());
            }
        }
        if pairs.plain.len() > 1 {
            // Writing to a string does not fail.
            let _ = writeln!(table, "{}", line(&workload.name, &pairs));
        }
    }
    Ok(table)
}

/// The same of so many simulated blocks on a machine whose speed drifts, with a probe that tells it well.
fn simulated(rng: &mut Rng) -> Pairs {
    let mut pairs = Pairs::default();
    for _ in 0..Sample::LIMIT {
        let [threads, control, _] = race(Shape::Normal, rng);
        pairs.plain.push((threads.plain / control.plain).ln());
        pairs.by_probe.push((threads.by_probe / control.by_probe).ln());
    }
    pairs
}

const HEAD: &str = "\
| workload | pairs | sd | sd by probe | mean | mean by probe | helps |
|---|--:|--:|--:|--:|--:|---|
";

fn line(workload: &str, pairs: &Pairs) -> String {
    let [plain, by_probe] = [&pairs.plain, &pairs.by_probe].map(|logs| mean_and_sd(logs));
    let helps = if by_probe.1 < plain.1 && !moves(&pairs.by_probe) { "yes" } else { "no" };
    format!(
        "| {workload} | {} | {:.4} | {:.4} | {:+.4} | {:+.4} | {helps} |",
        pairs.plain.len(),
        plain.1,
        by_probe.1,
        plain.0,
        by_probe.0
    )
}

/// Whether the corrected pairs differ though nothing does.
fn moves(logs: &[f64]) -> bool {
    let Ok(sample) = Sample::new(logs.to_vec()) else { return true };
    SignedRank::of(&sample).interval(Level::NINETY_FIVE).is_some_and(|interval| !interval.holds(0.0))
}

fn mean_and_sd(logs: &[f64]) -> (f64, f64) {
    let count = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / count;
    (mean, (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt())
}

/// None where a slice has no processor time or no probe.
fn cost(run: &Run) -> Option<Cost> {
    let replies: u64 = run.slices.iter().map(|slice| slice.replies).sum();
    let mut cost = Cost::default();
    for slice in &run.slices {
        let cpu_us = slice.server_cpu_us? as f64 / replies as f64;
        cost.plain += cpu_us;
        cost.by_probe += cpu_us / probe_us(slice)?;
    }
    (cost.plain > 0.0 && replies > 0).then_some(cost)
}

fn probe_us(slice: &RunSlice) -> Option<f64> {
    let sum: f64 = slice.probe_us.iter().map(|us| f64::from(*us)).sum();
    (sum > 0.0).then(|| sum / slice.probe_us.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_that_helps_and_one_that_does_not() {
        let plain = [0.10, -0.08, 0.05, -0.06, 0.02, -0.01, 0.07, -0.09].to_vec();
        let quiet = plain.iter().map(|log| log / 4.0).collect();
        let helps = Pairs { plain: plain.clone(), by_probe: quiet };
        assert!(line("w", &helps).ends_with("| yes |"), "{}", line("w", &helps));
        let moved = Pairs { plain: plain.clone(), by_probe: plain.iter().map(|log| 0.05 + log / 4.0).collect() };
        assert!(line("w", &moved).ends_with("| no |"), "{}", line("w", &moved));
        let louder = Pairs { by_probe: plain.iter().map(|log| log * 2.0).collect(), plain };
        assert!(line("w", &louder).ends_with("| no |"), "{}", line("w", &louder));
    }
}
