use crate::run::RandomStream;

/// The stream of random numbers that dithers the start.
const DITHER: u64 = 65;
/// Each step of the climb doubles the rate.
const STEP: f64 = 2.0;
/// The search ends when the rate that fails is at most this much above the one that holds (METHOD 2.6).
pub(super) const RESOLUTION: f64 = 1.1;
/// Rates between which is searched: below, a run has no samples worth a percentile; above, no generator of one machine.
const LEAST_PER_S: f64 = 1.0;
const MOST_PER_S: f64 = 1e7;

/// A search for the highest rate that holds: a geometric climb, or descent, until one rate holds and a higher one fails;
/// then bisection of the logarithm. Performs no runs; its caller does and notes what came of them.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_field_names, reason = "the unit ends the name")]
pub(super) struct Search {
    start_per_s: f64,
    /// The highest rate that held, and the lowest one that failed.
    pub(super) holds_per_s: Option<f64>,
    pub(super) fails_per_s: Option<f64>,
}

impl Search {
    /// Begins within half an octave of a rate, at a place drawn from the seed: were it always the same, each search would
    /// try the same few rates, and a bias of where they lie would look like agreement.
    pub(super) fn dithered(around_per_s: f64, seed: u64) -> Self {
        let octave = RandomStream::new(seed, DITHER).unit(0) - 0.5;
        Self { start_per_s: around_per_s * octave.exp2(), holds_per_s: None, fails_per_s: None }
    }

    /// The rate to try next; none when the search is over.
    pub(super) fn next_per_s(&self) -> Option<f64> {
        let next = match (self.holds_per_s, self.fails_per_s) {
            (None, None) => self.start_per_s,
            (Some(holds), None) => holds * STEP,
            (None, Some(fails)) => fails / STEP,
            (Some(holds), Some(fails)) if fails / holds <= RESOLUTION => return None,
            (Some(holds), Some(fails)) => (holds * fails).sqrt(),
        };
        (LEAST_PER_S..=MOST_PER_S).contains(&next).then_some(next)
    }

    pub(super) fn note_holds(&mut self, rate_per_s: f64) {
        self.holds_per_s = Some(rate_per_s);
    }

    pub(super) fn note_fails(&mut self, rate_per_s: f64) {
        self.fails_per_s = Some(rate_per_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches a server that holds up to this rate; says how many rates were tried.
    fn search(capacity_per_s: f64, seed: u64) -> (Search, usize) {
        let mut search = Search::dithered(1_000.0, seed);
        let mut tried = 0;
        while let Some(rate_per_s) = search.next_per_s() {
            tried += 1;
            if rate_per_s <= capacity_per_s { search.note_holds(rate_per_s) } else { search.note_fails(rate_per_s) }
        }
        (search, tried)
    }

    #[test]
    fn the_bracket_holds_the_capacity_from_below_and_above() {
        for capacity in [3.0, 700.0, 1_000.0, 1_500.0, 44_000.0, 3e6] {
            for seed in 0..20 {
                let (found, tried) = search(capacity, seed);
                let (holds, fails) = (found.holds_per_s.unwrap(), found.fails_per_s.unwrap());
                assert!(holds <= capacity && capacity < fails, "{capacity}: {found:?}");
                assert!(fails / holds <= RESOLUTION, "{capacity}: {found:?}");
                // The climb or descent, and three halvings of an octave.
                let octaves = (capacity / 1_000.0).log2().abs();
                assert!((tried as f64) <= octaves + 6.0, "{capacity}: {tried} rates");
            }
        }
    }

    #[test]
    fn starts_differ_by_seed_within_an_octave() {
        let starts: Vec<f64> = (0..100).map(|seed| Search::dithered(1_000.0, seed).next_per_s().unwrap()).collect();
        assert!(starts.iter().all(|start| (707.0..1_415.0).contains(start)));
        assert!(starts.iter().any(|start| *start < 800.0) && starts.iter().any(|start| *start > 1_250.0));
    }

    #[test]
    fn a_search_ends_where_nothing_holds_or_nothing_fails() {
        let (nothing, _) = search(0.0, 1);
        assert_eq!(nothing.holds_per_s, None);
        let (everything, _) = search(f64::INFINITY, 1);
        assert_eq!(everything.fails_per_s, None);
        assert!(everything.holds_per_s.unwrap() > MOST_PER_S / STEP);
    }
}
