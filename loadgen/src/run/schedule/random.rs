/// The increment of `SplitMix64`: 2^64 divided by the golden ratio, made odd.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// A counter-based generator: the n-th number is a function of seed, stream and n, so that any part of a trace can be
/// drawn without the rest.
///
/// For one stream it is `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA
/// 2014) started at a state that is hashed from seed and stream; its state after n steps is start + n GAMMA.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RandomStream {
    start: u64,
}

impl RandomStream {
    /// The stream of this number under a seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self { start: mixed(mixed(seed.wrapping_add(GAMMA)).wrapping_add(stream.wrapping_mul(GAMMA))) }
    }

    /// The number at this place of the stream, uniform over all 64-bit numbers.
    pub(crate) fn at(self, counter: u64) -> u64 {
        mixed(self.start.wrapping_add(counter.wrapping_add(1).wrapping_mul(GAMMA)))
    }

    /// Uniform in `[0, 1)`, with 53 bits.
    pub(crate) fn unit(self, counter: u64) -> f64 {
        (self.at(counter) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform below `bound`, by the high half of a product (Lemire, "Fast random integer generation in an interval",
    /// 2019); without his rejection step, for a bias below bound / 2^64.
    #[expect(clippy::cast_possible_truncation, reason = "the high half of a product of 64 and 32 bits has 32 bits")]
    pub(crate) fn below(self, counter: u64, bound: u32) -> u32 {
        ((u128::from(self.at(counter)) * u128::from(bound)) >> 64) as u32
    }
}

/// The output function of `SplitMix64`.
fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_splitmix64() {
        // The first outputs of the authors' reference implementation for the state 1234567.
        let source = RandomStream { start: 1_234_567 };
        let drawn: Vec<u64> = (0..3).map(|n| source.at(n)).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn units_are_uniform() {
        let source = RandomStream::new(7, 3);
        let n = 100_000_u32;
        let mean = (0..n).map(|i| source.unit(u64::from(i))).sum::<f64>() / f64::from(n);
        // The standard error of the mean is 0.289 / sqrt(n), below 0.001.
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
        assert!((0..n).all(|i| source.below(u64::from(i), 7) < 7));
    }

    #[test]
    fn streams_and_seeds_differ() {
        let first = |seed, stream| RandomStream::new(seed, stream).at(0);
        assert_ne!(first(1, 0), first(1, 1));
        assert_ne!(first(1, 0), first(2, 0));
    }
}
