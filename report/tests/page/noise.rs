//! Made-up measurements: the same at every run, as noisy as real ones.

use report::analysis::{Estimate, Interval};

/// Blocks of the made-up comparison.
pub(crate) const BLOCKS: u32 = 10;

/// Numbers that look random and are the same at every run (`SplitMix64`).
pub(crate) struct Noise(u64);

impl Noise {
    /// A stream of its own for each name.
    pub(crate) fn of(name: &str) -> Self {
        Self(
            name.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)),
        )
    }

    /// Between 0 and 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A factor around 1 whose logarithm spreads by about `spread`.
    pub(crate) fn factor(&mut self, spread: f64) -> f64 {
        let sum: f64 = (0..4).map(|_| self.unit()).sum();
        ((sum - 2.0) * 1.73 * spread).exp()
    }
}

/// A value in every block.
pub(crate) fn blocks(name: &str, value: f64, spread: f64) -> Vec<f64> {
    let mut noise = Noise::of(name);
    (0..BLOCKS).map(|_| value * noise.factor(spread)).collect()
}

/// The median of values and the second lowest and highest as interval.
pub(crate) fn estimate(values: &[f64], variant: &str, workload: &str) -> Estimate {
    let (median, interval) = summary(values);
    let sources = (1..=values.len()).map(|block| source(block, variant, workload)).collect();
    let blocks = u32::try_from(values.len()).unwrap();
    Estimate { median, is_at_least: false, interval: Some(interval), blocks, sources }
}

/// The median, and the second lowest and highest value.
pub(crate) fn summary(values: &[f64]) -> (f64, Interval) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    let median = f64::midpoint(sorted[last / 2], sorted[last.div_ceil(2)]);
    (median, Interval { low: sorted[1.min(last)], high: Some(sorted[last.saturating_sub(1)]), level: 0.979 })
}

/// The raw record of a run.
pub(crate) fn source(block: usize, variant: &str, workload: &str) -> String {
    format!("runs/{workload}/{variant}.jsonl#L{block}")
}
