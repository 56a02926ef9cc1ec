use hdrhistogram::Histogram;

use super::histogram::histogram;
use crate::{
    analysis::{
        appendix::{PercentileCurve, Step},
        evidence::{Ledger, Reading},
    },
    plan::Workload,
};

/// Points of a curve at most, evenly spread over the logarithm of 1/(1-q).
const STEPS: u32 = 40;
/// A percentile needs so many samples above it (METHOD 1.5).
const SAMPLES_ABOVE: f64 = 10.0;

/// Latencies of one variant in one workload, all blocks together: histograms add exactly.
struct Merged {
    answered: Histogram<u64>,
    /// Ages of the failed requests.
    censored: Histogram<u64>,
}

/// Merged latencies of each variant in each workload, in the plan's order.
pub(super) fn percentiles(ledger: &Ledger<'_>) -> Vec<PercentileCurve> {
    let mut curves = Vec::new();
    for workload in &ledger.plan().workload {
        for variant in ledger.variants_of(workload) {
            curves.extend(curve(ledger, workload, variant));
        }
    }
    curves
}

fn curve(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> Option<PercentileCurve> {
    let merged = merged(&ledger.readings(&workload.name, variant))?;
    let steps = merged.steps();
    let is_drawn = !steps.is_empty();
    is_drawn.then(|| PercentileCurve { workload: workload.name.clone(), variant: variant.to_owned(), steps })
}

/// The sum over the blocks; none where a histogram is missing or damaged, as what is left would be another distribution.
fn merged(readings: &[&Reading<'_>]) -> Option<Merged> {
    let mut sum: Option<Merged> = None;
    for reading in readings {
        let latency = &reading.figures.as_ref()?.result.latency;
        let answered = histogram(&latency.from_intended.hdr)?;
        // One that holds other counts than its run tells is not that run's.
        if latency.from_intended.answered != answered.len() {
            return None;
        }
        let censored = histogram(&latency.censored_ages.hdr)?;
        match &mut sum {
            None => sum = Some(Merged { answered, censored }),
            Some(sum) => {
                sum.answered.add(&answered).ok()?;
                sum.censored.add(&censored).ok()?;
            }
        }
    }
    sum
}

impl Merged {
    /// From q = 0 to where ten samples lie above, or to where failed requests decide.
    fn steps(&self) -> Vec<Step> {
        let count = self.answered.len() as f64 + self.censored.len() as f64;
        let farthest = (count / SAMPLES_ABOVE).ln();
        let mut steps: Vec<Step> = Vec::new();
        for index in 0..STEPS {
            let quantile = 1.0 - (-farthest * f64::from(index) / f64::from(STEPS - 1)).exp();
            let Some(ns) = self.at(quantile, count) else { break };
            steps.push(Step { quantile, latency_us: ns as f64 / 1e3 });
        }
        if farthest > 0.0 { steps } else { Vec::new() }
    }

    /// The value at a quantile, if it is the same with failed requests at their ages and at infinity (METHOD 1.2).
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is at least 1 and at most the count"
    )]
    fn at(&self, quantile: f64, count: f64) -> Option<u64> {
        let rank = (quantile * count).ceil().max(1.0) as u64;
        if rank > self.answered.len() {
            return None;
        }
        let value = self.answered.value_at_quantile(rank as f64 / self.answered.len() as f64);
        // Ages below the value would push it down; ages at it or above do not move it.
        let is_moved = !self.censored.is_empty() && self.censored.min() < value;
        (!is_moved).then_some(value)
    }
}
