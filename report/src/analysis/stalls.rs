//! What the machine did by itself.

use serde::{Deserialize, Serialize};

use super::{
    appendix::Step,
    evidence::{Ledger, StallProbe},
};

/// Stalls of the machine, from all spin probes of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StallCurve {
    /// Share of the probed time that was lost in stalls above 100 µs.
    pub share: f64,
    /// The longest one, µs.
    pub longest_us: f64,
    /// Time probed over all processors, seconds.
    pub probed_s: f64,
    /// What a request that is due at a random moment waits for the machine alone, ascending; empty where the lengths of the stalls
    /// were not kept.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// Of these the curve is made: one delay in so many is longer. Round ones, so that tables find theirs among them.
const BEYOND: [f64; 29] = [
    0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.015, 0.01, 0.007, 0.005, 0.003, 0.002, 0.001_5, 0.001, 0.000_7,
    0.000_5, 0.000_3, 0.000_2, 0.000_15, 0.000_1, 0.000_07, 0.000_05, 0.000_03, 0.000_02, 0.000_015, 0.000_01,
];
/// A percentile needs so many stalls that are longer, as it needs so many samples above it elsewhere (METHOD 1.5).
const STALLS_ABOVE: usize = 10;

/// What the machine did by itself, of all probes; none where none was made.
pub(super) fn stalls(ledger: &Ledger<'_>) -> Option<StallCurve> {
    let of_runs = ledger.all().filter_map(|reading| reading.figures.as_ref()).flat_map(|one| &one.stalls);
    let probes: Vec<&StallProbe> = ledger.probes.iter().chain(of_runs).collect();
    let probed_s: f64 = probes.iter().map(|probe| probe.probed_s()).sum();
    let lost_s: f64 = probes.iter().map(|probe| probe.0.share * probe.probed_s()).sum();
    let longest_us = probes.iter().map(|probe| probe.0.longest_us).reduce(f64::max)?;
    let steps = {
        let (lengths, least) = lengths(&probes);
        steps(&lengths, least, probed_s * 1e6)
    };
    Some(StallCurve { share: lost_s / probed_s, longest_us, probed_s, steps })
}

/// The lengths of all stalls, the longest first, and the least that no probe has left out.
fn lengths(probes: &[&StallProbe]) -> (Vec<f64>, f64) {
    let mut all = Vec::new();
    let mut least = 0.0_f64;
    for probe in probes {
        let kept = &probe.0.lengths_us;
        if (kept.len() as u64) < probe.0.stalls {
            least = least.max(kept.last().copied().unwrap_or(f64::INFINITY));
        }
        all.extend_from_slice(kept);
    }
    all.sort_by(|one, other| other.total_cmp(one));
    (all, least)
}

/// What a request that is due at a random moment waits for the machine alone. One that falls into a stall waits for the rest of
/// it; so the share of the time from which more than `x` is to be waited is the sum of all `length - x` over the time probed.
fn steps(lengths: &[f64], least: f64, probed_us: f64) -> Vec<Step> {
    let mut found = Vec::new();
    for beyond in BEYOND {
        let Some(latency_us) = delay(lengths, beyond * probed_us) else { break };
        if latency_us >= least {
            found.push(Step { quantile: 1.0 - beyond, latency_us });
        }
    }
    found
}

/// The wait that `beyond_us` of the time exceed; none where too few stalls are longer than it.
fn delay(lengths: &[f64], beyond_us: f64) -> Option<f64> {
    let mut sum = 0.0;
    for (index, length) in lengths.iter().enumerate() {
        let count = index as f64;
        // With as many stalls as lie before this one the share is reached above its length.
        if sum - count * length >= beyond_us {
            return (index >= STALLS_ABOVE).then(|| (sum - beyond_us) / count);
        }
        sum += length;
    }
    if sum <= beyond_us {
        return Some(0.0);
    }
    (lengths.len() >= STALLS_ABOVE).then(|| (sum - beyond_us) / lengths.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(value: serde_json::Value) -> StallProbe {
        StallProbe::of(&serde_json::from_value(value).unwrap()).unwrap()
    }

    #[test]
    fn equal_stalls_make_a_straight_line() {
        // Twenty stalls of 1 ms in 2 s: of 1 % of the time, the longest waits are the stalls' beginnings.
        let steps = steps(&[1000.0; 20], 0.0, 2e6);
        let at = |quantile: f64| steps.iter().find(|step| (step.quantile - quantile).abs() < 1e-9).unwrap().latency_us;
        assert!([0.5, 0.98, 0.99].iter().all(|quantile| at(*quantile) <= 0.0), "{steps:?}");
        assert!((at(0.995) - 500.0).abs() < 1e-6, "{steps:?}");
        assert!((at(0.999) - 900.0).abs() < 1e-6, "{steps:?}");
    }

    #[test]
    fn a_wait_is_exceeded_for_as_long_as_its_quantile_says() {
        let lengths: Vec<f64> = (1..=200).rev().map(|length| f64::from(length) * 50.0).collect();
        let probed_us = 40e6;
        let steps = steps(&lengths, 0.0, probed_us);
        assert!(steps.len() > 10, "{steps:?}");
        for step in steps {
            let lost: f64 = lengths.iter().map(|length| (length - step.latency_us).max(0.0)).sum();
            let is_right = step.latency_us <= 0.0 || (lost / probed_us - (1.0 - step.quantile)).abs() < 1e-9;
            assert!(is_right, "{step:?}: {lost}");
        }
    }

    #[test]
    fn it_ends_where_fewer_than_ten_stalls_are_longer() {
        let lengths = [[9000.0; 9].as_slice(), &[200.0; 100]].concat();
        assert_eq!(delay(&lengths, 9.0 * 8000.0), None);
        assert!(delay(&lengths, 9.0 * 9000.0).is_some_and(|delay| delay < 200.0));
    }

    #[test]
    fn what_was_left_out_is_not_made_up() {
        let whole = probe(serde_json::json!({
            "processors": 1, "probe_ms": 1000.0, "stalls": 2, "share": 0.3, "longest_us": 200_000.0,
            "lengths_us": [200_000.0, 100_000.0]
        }));
        let cut = probe(serde_json::json!({
            "processors": 1, "probe_ms": 1000.0, "stalls": 5000, "share": 0.9, "longest_us": 500.0, "lengths_us": [500.0, 400.0]
        }));
        let none = probe(serde_json::json!({
            "processors": 1, "probe_ms": 1000.0, "stalls": 3, "share": 0.3, "longest_us": 200.0, "lengths_us": []
        }));
        assert_eq!(lengths(&[&whole, &cut]), (vec![200_000.0, 100_000.0, 500.0, 400.0], 400.0));
        assert!(lengths(&[&whole, &none]).1.is_infinite());
    }
}
