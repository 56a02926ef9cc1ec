//! What must hold between test and interval for any blocks.

use proptest::prelude::*;
use report::stats::{Level, Sample, SignedRank, hodges_lehmann};

/// Numbers of which many are equal, opposite or zero.
fn tied() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-6_i32..=6).prop_map(|eighths| f64::from(eighths) / 8.0), 1..14)
}

/// Numbers that hardly ever are.
fn spread() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-3.0..3.0_f64, 1..25)
}

fn samples() -> impl Strategy<Value = Sample> {
    prop_oneof![tied(), spread()].prop_map(|values| Sample::new(values).unwrap())
}

fn levels() -> impl Strategy<Value = Level> {
    (0.001..0.6_f64).prop_map(|alpha| Level::leaving(alpha).unwrap())
}

/// Values between the averages and at them: wherever the test can change.
fn places(sample: &Sample) -> Vec<f64> {
    let members = sample.ascending();
    let mut averages: Vec<f64> =
        members.iter().flat_map(|&one| members.iter().map(move |&other| f64::midpoint(one, other))).collect();
    averages.sort_by(f64::total_cmp);
    let between: Vec<f64> = averages.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    [averages, between, vec![members[0] - 1.0, members[members.len() - 1] + 1.0]].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_lies_outside_is_rejected_and_what_lies_within_is_not(sample in samples(), level in levels()) {
        let test = SignedRank::of(&sample);
        let interval = test.interval(level);
        for place in places(&sample) {
            let rejected = test.p_value(place) <= level.alpha();
            match interval {
                None => prop_assert!(!rejected, "at {place}"),
                Some(interval) if !interval.holds(place) => prop_assert!(rejected, "{place} outside {interval:?}"),
                Some(interval) if interval.lower < place && place < interval.upper => {
                    prop_assert!(!rejected, "{place} within {interval:?}, p {}", test.p_value(place));
                }
                Some(_) => {}
            }
        }
    }

    #[test]
    fn the_estimate_lies_in_every_interval(sample in samples(), level in levels()) {
        let interval = SignedRank::of(&sample).interval(level);
        prop_assert!(interval.is_none_or(|interval| interval.holds(hodges_lehmann(&sample))));
    }

    #[test]
    fn a_higher_level_is_no_narrower_and_reached(sample in samples(), level in levels()) {
        let test = SignedRank::of(&sample);
        let higher = level.shared_among(2);
        if let (Some(narrow), Some(wide)) = (test.interval(level), test.interval(higher)) {
            prop_assert!(wide.lower <= narrow.lower && narrow.upper <= wide.upper);
            prop_assert!(narrow.achieved >= level.coverage() - 1e-12 && wide.achieved >= narrow.achieved - 1e-12);
        }
    }

    #[test]
    fn exchanging_the_two_sides_mirrors_everything(sample in samples(), level in levels()) {
        let mirrored = Sample::new(sample.ascending().iter().map(|value| -value).collect()).unwrap();
        let (ours, theirs) = (SignedRank::of(&sample), SignedRank::of(&mirrored));
        prop_assert!((ours.estimate() + theirs.estimate()).abs() < 1e-15);
        prop_assert_eq!(ours.p_value(0.25).to_bits(), theirs.p_value(-0.25).to_bits());
        let (ours, theirs) = (ours.interval(level), theirs.interval(level).map(|interval| interval.mirrored()));
        prop_assert_eq!(ours.map(|i| (i.lower, i.upper)), theirs.map(|i| (i.lower, i.upper)));
    }
}

#[test]
fn blocks_that_all_agree_decide_at_the_least_number_and_not_before() {
    let all_agree = |blocks: usize| Sample::new((1..=blocks).map(|value| value as f64).collect()).unwrap();
    for rows in [1, 3, 6, 20] {
        let level = Level::NINETY_FIVE.shared_among(rows);
        let least = level.least_blocks();
        assert!(SignedRank::of(&all_agree(least)).interval(level).unwrap().is_above(0.0));
        assert_eq!(SignedRank::of(&all_agree(least - 1)).interval(level), None);
    }
}

#[test]
fn identical_blocks_have_a_point_for_an_interval() {
    let sample = Sample::new(vec![0.5; 8]).unwrap();
    let interval = SignedRank::of(&sample).interval(Level::NINETY_FIVE).unwrap();
    assert_eq!((interval.lower, interval.upper), (0.5, 0.5));
    assert!((SignedRank::of(&sample).p_value(0.5) - 1.0).abs() < 1e-15);
}

/// The exact distribution serves a sample of any size that is let in, ties or not.
#[test]
fn the_largest_sample_is_still_exact() {
    let tied: Vec<f64> = (0..Sample::LIMIT).map(|index| (index % 40) as f64 - 10.0).collect();
    let sample = Sample::new(tied).unwrap();
    let interval = SignedRank::of(&sample).interval(Level::NINETY_FIVE).unwrap();
    assert!(interval.achieved >= 0.95 && interval.achieved < 0.98, "{interval:?}");
    assert!(interval.holds(hodges_lehmann(&sample)));
}
