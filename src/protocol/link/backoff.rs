use std::time::Duration;

/// The pauses between two dials: exponential with jitter, so that a herd does not dial in step (PROTOCOL section 5,
/// Waking).
#[derive(Clone, Debug)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    /// A link that lived this long was a good one.
    reset: Duration,
    next: Duration,
    random: u64,
}

impl Backoff {
    /// Pauses from `min` doubling to `max`, anew after a link that lived for `reset`; `seed` starts the jitter.
    #[must_use]
    pub fn new(min: Duration, max: Duration, reset: Duration, seed: u64) -> Self {
        Self { min, max, reset, next: min, random: seed }
    }

    /// How long to wait before the next dial, after a link that lived for `lived` (zero for a dial that failed): `min` to
    /// twice that at first, half of `max` to `max` in the end.
    pub fn pause(&mut self, lived: Duration) -> Duration {
        if lived >= self.reset {
            self.next = self.min;
        }
        let pause = self.next.min(self.max / 2);
        self.next = pause * 2;
        pause.mul_f64(1.0 + self.fraction()).max(self.min)
    }

    /// A number from 0 to 1 (`SplitMix64`, Steele, Lea and Flood 2014).
    fn fraction(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_the_limit_and_start_anew_after_a_good_link() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(100), ms(800), ms(10_000), 7);
        for pause in [100, 200, 400, 400, 400] {
            let waited = backoff.pause(ms(9_999));
            assert!(ms(pause) <= waited && waited <= ms(pause * 2), "{waited:?} for {pause} ms");
        }
        assert!(backoff.pause(ms(10_000)) <= ms(200));
    }

    #[test]
    fn two_seeds_do_not_dial_in_step() {
        let ms = Duration::from_millis;
        let pause = |seed| Backoff::new(ms(100), ms(800), ms(10_000), seed).pause(Duration::ZERO);
        assert_ne!(pause(1), pause(2));
    }
}
