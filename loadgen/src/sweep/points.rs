use crate::run::{LoadArgs, Pace, RandomStream};

/// The stream of random numbers that orders the runs; the load has the lower ones.
const ORDER: u64 = 64;

/// One run that is to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) pace: Pace,
    pub(super) connections: u32,
    /// From 0; all points of one repetition send what the same seed draws.
    pub(super) repetition: u32,
}

/// Every rate with every number of connections, as often as asked, in an order drawn from the seed: what drifts on a
/// machine must not look like an effect of the rate.
pub(super) fn shuffled(load: &LoadArgs, rates: &[f64], connections: &[u32], repeat: u32, seed: u64) -> Vec<Point> {
    let paces: Vec<Pace> = if rates.is_empty() {
        load.pace().into_iter().collect()
    } else {
        rates.iter().copied().map(Pace::RatePerS).collect()
    };
    let own = [load.connections()];
    let connections = if connections.is_empty() { &own } else { connections };
    let mut points = Vec::new();
    for repetition in 0..repeat {
        for pace in &paces {
            points.extend(connections.iter().map(|n| Point { pace: *pace, connections: *n, repetition }));
        }
    }
    shuffle(&mut points, seed);
    points
}

/// Fisher and Yates, in Durstenfeld's form.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let source = RandomStream::new(seed, ORDER);
    for last in (1..items.len()).rev() {
        let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
        items.swap(last, source.below(last as u64, bound) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_is_of_its_seed_and_loses_nothing() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..50).collect();
            shuffle(&mut items, seed);
            items
        };
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        let mut sorted = shuffled(1);
        assert_ne!(sorted, (0..50).collect::<Vec<_>>());
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn each_place_is_as_likely() {
        let mut firsts = [0_u32; 5];
        for seed in 0..5_000 {
            let mut items = [0, 1, 2, 3, 4];
            shuffle(&mut items, seed);
            firsts[items[0]] += 1;
        }
        // 1,000 each, with a standard error of 28.
        assert!(firsts.iter().all(|count| count.abs_diff(1_000) < 150), "{firsts:?}");
    }
}
