use std::time::Duration;

use crate::run::Plan;

/// What a race needs.
#[derive(Clone, Debug)]
pub struct RacePlan {
    /// The servers; their plans differ in targets and processes alone.
    pub racers: Vec<Racer>,
    /// What orders are drawn from.
    pub seed: u64,
    /// Length of a slice's window.
    pub slice: Duration,
    /// Load at the start of a slice that is not measured.
    pub lead: Duration,
    /// Load on each server before its first slice, not measured either.
    pub warmup: Duration,
    /// Slices of each server; an even number.
    pub slices: u32,
    /// What becomes of a race of which a server cannot be raced.
    pub without: Without,
}

/// What becomes of a race of which a server cannot be raced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Without {
    /// There is none.
    #[default]
    Nobody,
    /// The others are raced.
    Them,
}

/// A server that takes part.
#[derive(Clone, Debug)]
pub struct Racer {
    /// How it is named in the result.
    pub name: String,
    /// Its load: all but its lengths, which are the race's.
    pub plan: Plan,
}

impl RacePlan {
    /// The reason why this cannot be raced, in words for whoever typed it.
    pub fn check(&self) -> Result<(), String> {
        if self.racers.is_empty() {
            return Err("nobody takes part; give --server NAME=ADDR for each server".to_owned());
        }
        for (place, racer) in self.racers.iter().enumerate() {
            if self.racers[..place].iter().any(|other| other.name == racer.name) {
                return Err(format!("two servers are named {:?}; give each a name of its own", racer.name));
            }
            racer.plan.check()?;
        }
        if self.slice.is_zero() {
            return Err("--slice must be above 0".to_owned());
        }
        Ok(())
    }

    /// How many slices of this length make up at least so much time, evened out so that each order is driven backwards too.
    #[must_use]
    pub fn slices_in(total: Duration, slice: Duration) -> u32 {
        let slices = total.as_nanos().div_ceil(slice.as_nanos().max(1)).max(2).next_multiple_of(2);
        u32::try_from(slices).unwrap_or(u32::MAX - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_even_and_cover_the_time() {
        let slices =
            |total_ms, slice_ms| RacePlan::slices_in(Duration::from_millis(total_ms), Duration::from_millis(slice_ms));
        assert_eq!(slices(2_000, 250), 8);
        assert_eq!(slices(2_001, 250), 10);
        assert_eq!(slices(1, 250), 2);
    }
}
