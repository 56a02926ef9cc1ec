use crate::run::RandomStream;

/// The stream of the seed from which orders are drawn; the run's own streams are below.
const STREAM: u64 = 1 << 40;

/// Whose slice comes when: rounds in a drawn order, each followed by the same round backwards (A B C C B A), so that a
/// drift of the machine's speed that is even over two rounds falls on all alike. Every server gets `slices` of them,
/// which is even.
pub(super) fn order(seed: u64, servers: usize, slices: u32) -> Vec<usize> {
    let source = RandomStream::new(seed, STREAM);
    let mut order = Vec::new();
    for pair in 0..u64::from(slices / 2) {
        let round = shuffled(source, pair, servers);
        order.extend(round.iter().chain(round.iter().rev()));
    }
    order
}

/// A permutation (Fisher and Yates) of the servers.
fn shuffled(source: RandomStream, pair: u64, servers: usize) -> Vec<usize> {
    let mut round: Vec<usize> = (0..servers).collect();
    for last in (1..servers).rev() {
        let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
        let counter = pair * servers as u64 + last as u64;
        round.swap(last, source.below(counter, bound) as usize);
    }
    round
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_is_followed_by_itself_backwards() {
        let order = order(1, 3, 8);
        assert_eq!(order.len(), 24);
        for pair in order.chunks(6) {
            let mut there = pair[..3].to_vec();
            let back: Vec<usize> = pair[3..].iter().rev().copied().collect();
            assert_eq!(there, back);
            there.sort_unstable();
            assert_eq!(there, [0, 1, 2]);
        }
    }

    #[test]
    fn a_seed_draws_its_own_order_and_all_orders_come() {
        assert_eq!(order(1, 4, 20), order(1, 4, 20));
        assert_ne!(order(1, 4, 20), order(2, 4, 20));
        let order = order(7, 3, 400);
        let rounds: std::collections::BTreeSet<&[usize]> = order.chunks(6).map(|pair| &pair[..3]).collect();
        assert_eq!(rounds.len(), 6);
    }
}
