use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer, V2DeflateSerializer},
};

use super::{KnownTimes, Latency};

/// Points of a curve at most, evenly spread over the logarithm of 1/(1-q).
const STEPS: u32 = 40;
/// A percentile needs so many samples above it (METHOD 1.5).
const SAMPLES_ABOVE: f64 = 10.0;
/// Longer texts are no histogram of three digits up to an hour: those have some tens of KiB.
const LONGEST_TEXT: usize = 1 << 20;

/// All latencies of a run, or of several: histograms add exactly.
#[derive(Clone, Debug)]
pub struct Distribution {
    answered: Histogram<u64>,
    /// Ages of the failed requests.
    censored: Histogram<u64>,
}

impl Distribution {
    /// What a run says of its answered requests and of the ages of the others; none where a histogram is missing or damaged,
    /// or holds other counts than its run tells.
    #[must_use]
    pub fn of(latency: &Latency, censored_ages: &KnownTimes) -> Option<Self> {
        let answered = histogram(&latency.hdr)?;
        let censored = match censored_ages.count {
            // It may be left out then.
            0 => Histogram::new_from(&answered),
            _ => histogram(&censored_ages.hdr)?,
        };
        (latency.answered == answered.len()).then_some(Self { answered, censored })
    }

    /// Adds another one; none where they do not fit, and then only a part may have been added.
    #[must_use]
    pub fn add(&mut self, other: &Self) -> Option<()> {
        self.answered.add(&other.answered).ok()?;
        self.censored.add(&other.censored).ok()
    }

    /// Quantiles with their latencies in µs, ascending from q = 0 to where ten samples lie above, or to where failed requests
    /// decide.
    #[must_use]
    pub fn steps(&self) -> Vec<(f64, f64)> {
        let count = self.answered.len() as f64 + self.censored.len() as f64;
        let farthest = (count / SAMPLES_ABOVE).ln();
        let quantile = |index| 1.0 - (-farthest * f64::from(index) / f64::from(STEPS - 1)).exp();
        let step = |quantile| Some((quantile, self.at(quantile, count)? as f64 / 1e3));
        if farthest > 0.0 { (0..STEPS).map(quantile).map_while(step).collect() } else { Vec::new() }
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

impl Latency {
    /// Gives its histogram two significant digits: a curve does not show the third, which takes two thirds of the room.
    /// One that is damaged stays as it is.
    pub fn coarsen(&mut self) {
        if let Some(coarse) = histogram(&self.hdr).and_then(|fine| coarse(&fine)) {
            self.hdr = coarse;
        }
    }
}

fn coarse(fine: &Histogram<u64>) -> Option<String> {
    let mut coarse = Histogram::<u64>::new_with_bounds(fine.low(), fine.high(), 2).ok()?;
    coarse.add(fine).ok()?;
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&coarse, &mut bytes).ok()?;
    Some(STANDARD.encode(bytes))
}

/// Reads a histogram of nanoseconds as the load generator writes it; none where it is damaged.
fn histogram(text: &str) -> Option<Histogram<u64>> {
    if text.len() > LONGEST_TEXT {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    Deserializer::new().deserialize(&mut bytes.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{EXAMPLE_RUN, RunResult, parse},
        *,
    };

    fn example() -> RunResult {
        parse(EXAMPLE_RUN.as_bytes()).unwrap()
    }

    #[test]
    fn a_curve_agrees_with_the_percentiles_that_stand_beside_it() {
        let latency = example().latency;
        let steps = Distribution::of(&latency.from_intended, &latency.censored_ages).unwrap().steps();
        assert!(steps.is_sorted() && steps[0].0 == 0.0);
        // 274 samples: ten lie above 1 - 10/274.
        assert!((steps.last().unwrap().0 - (1.0 - 10.0 / 274.0)).abs() < 1e-9);
        let p90 = latency.from_intended.percentiles.p90.exact_us().unwrap();
        let before = steps.iter().rfind(|(quantile, _)| *quantile <= 0.9).unwrap();
        let after = steps.iter().find(|(quantile, _)| *quantile >= 0.9).unwrap();
        assert!((before.1..=after.1).contains(&p90), "{before:?} {p90} {after:?}");
    }

    #[test]
    fn a_coarse_histogram_is_smaller_and_has_the_same_count_and_nearly_the_same_curve() {
        let latency = example().latency;
        let mut coarse = latency.from_intended.clone();
        coarse.coarsen();
        assert!(coarse.hdr.len() < latency.from_intended.hdr.len());
        let steps = |latency: &Latency| Distribution::of(latency, &KnownTimes::default()).unwrap().steps();
        for (fine, coarse) in steps(&latency.from_intended).into_iter().zip(steps(&coarse)) {
            assert!((fine.0 - coarse.0).abs() < 1e-9 && (coarse.1 / fine.1 - 1.0).abs() < 0.01, "{fine:?} {coarse:?}");
        }
        let mut damaged = Latency { hdr: "AAAA".to_owned(), ..latency.from_intended };
        damaged.coarsen();
        assert_eq!(damaged.hdr, "AAAA");
    }

    #[test]
    fn what_is_damaged_or_of_another_run_is_none() {
        let mut latency = example().latency;
        latency.from_intended.answered += 1;
        assert!(Distribution::of(&latency.from_intended, &latency.censored_ages).is_none());
        let mut latency = example().latency;
        latency.from_intended.hdr.truncate(40);
        assert!(Distribution::of(&latency.from_intended, &latency.censored_ages).is_none());
    }
}
