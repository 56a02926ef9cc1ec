//! Each rule is given data for each verdict that it can reach.

use std::collections::BTreeMap;

use super::{Counts, Values, above, alike, falls, not_worse, ranges, ratio, shares, trend};
use crate::{
    analysis::Measure,
    claims::{
        rule::{On, Range, Side},
        verdict::Verdict::{Contradicted, NotShown, Supported},
    },
    format::Unit,
    stats::{Bound, Level, Proportion, Standing},
};

const STANDING: Standing = Standing::Exploratory;
/// What moves blocks: about one in a hundred.
const NOISE: [f64; 10] = [1.0, 0.99, 1.012, 1.003, 0.985, 1.008, 0.996, 1.015, 0.991, 1.001];
/// Blocks that say now this, now that.
const WILD: [f64; 10] = [1.0, 0.6, 1.7, 1.1, 0.5, 2.0, 0.9, 1.4, 0.7, 1.05];

fn values(factors: &[f64], value: f64) -> Values {
    let points = (1..).zip(factors).map(|(block, factor)| (block, Bound::Exactly(value * factor)));
    Values { what: "it".to_owned(), unit: Unit::Us, each: "block", points: points.collect(), sources: Vec::new() }
}

fn known(value: f64) -> Values {
    values(&NOISE, value)
}

/// What does not move with the noise of the other.
fn steady(value: f64) -> Values {
    values(&[1.0; 10], value)
}

#[test]
fn a_ratio_lies_beyond_its_margin_or_short_of_it() {
    let of = |a: &Values, b: &Values, expects| ratio(a, b, expects, 0.05, STANDING).verdict;
    assert_eq!(of(&known(20.0), &steady(10.0), Side::More), Supported);
    assert_eq!(of(&known(10.0), &steady(20.0), Side::Less), Supported);
    assert_eq!(of(&known(10.0), &steady(20.0), Side::More), Contradicted);
    assert_eq!(of(&known(10.0), &steady(10.0), Side::More), Contradicted, "the same is not more");
    assert_eq!(of(&values(&WILD, 12.0), &steady(10.0), Side::More), NotShown);
    assert_eq!(of(&values(&NOISE[..4], 20.0), &steady(10.0), Side::More), NotShown, "four blocks show nothing");
}

#[test]
fn not_worse_is_shown_in_all_and_contradicted_in_any() {
    let (fine, worse, open) =
        ((known(9.0), steady(10.0)), (known(20.0), steady(10.0)), (values(&WILD, 10.0), steady(10.0)));
    let of = |pairs: &[&(Values, Values)]| {
        let pairs: Vec<(Values, Values)> = pairs.iter().map(|pair| (*pair).clone()).collect();
        not_worse(&pairs, 0.10, STANDING).verdict
    };
    assert_eq!(of(&[&fine, &fine]), Supported);
    assert_eq!(of(&[&fine, &worse]), Contradicted);
    assert_eq!(of(&[&fine, &open]), NotShown);
}

fn steps(ratios: &[f64], noise: &[f64]) -> Vec<(f64, Values, Values)> {
    let at = [10.0, 100.0, 1_000.0];
    at.into_iter().zip(ratios).map(|(at, ratio)| (at, values(noise, 10.0 * ratio), steady(10.0))).collect()
}

#[test]
fn a_trend_grows_beyond_its_margin_or_does_not() {
    let of = |ratios: &[f64], noise: &[f64], margin| trend(&steps(ratios, noise), margin, STANDING);
    let grows = of(&[0.8, 1.2, 1.8], &NOISE, Some(0.05));
    assert_eq!(grows.verdict, Supported);
    assert!(grows.words.contains("it passes 1 between 10 and 100"), "{}", grows.words);
    assert_eq!(of(&[1.8, 1.2, 0.8], &NOISE, Some(0.05)).verdict, Contradicted, "it falls");
    assert_eq!(of(&[0.5, 0.6, 0.7], &NOISE, Some(0.05)).verdict, Contradicted, "async costs more in the end");
    assert_eq!(of(&[0.5, 0.6, 0.7], &NOISE, None).verdict, Supported, "it grows, and no end is asked for");
    // The same noise in all steps moves no slope: it differs from step to step here.
    let mut wild = steps(&[1.0, 1.1, 1.2], &NOISE);
    wild[2].1 = values(&WILD, 12.0);
    assert_eq!(trend(&wild, Some(0.05), STANDING).verdict, NotShown);
}

#[test]
fn all_lie_above_a_bound_or_none_does() {
    let of = |all: &[Values]| above(all, 100.0, Level::NINETY_FIVE).verdict;
    let mut given_up = known(500.0);
    given_up.points = given_up.points.keys().map(|block| (*block, Bound::AtLeast(450.0))).collect();
    assert_eq!(of(&[known(500.0), given_up]), Supported);
    assert_eq!(of(&[known(50.0), known(60.0)]), Contradicted);
    assert_eq!(of(&[known(50.0), known(500.0)]), NotShown, "one is, one is not");
    assert_eq!(of(&[values(&WILD, 100.0)]), NotShown);
}

fn range(least: Option<f64>, most: Option<f64>, counted: bool) -> Range {
    let on = On::Workload { workload: "w".to_owned(), measure: Measure::CpuOverWall };
    Range { on, variant: "it".to_owned(), least, most, counted }
}

#[test]
fn values_lie_in_their_ranges_or_outside() {
    let level = Level::NINETY_FIVE;
    let of = |range: &Range, values: Values| ranges(&[(range, values)], level).verdict;
    let (about_one, above) = (range(Some(0.9), Some(1.1), false), range(Some(1.5), None, false));
    assert_eq!(of(&about_one, known(1.0)), Supported);
    assert_eq!(of(&above, known(1.0)), Contradicted);
    assert_eq!(of(&about_one, values(&WILD, 1.0)), NotShown);
    assert_eq!(ranges(&[(&about_one, known(1.0)), (&above, known(1.9))], level).verdict, Supported);
    assert_eq!(ranges(&[(&about_one, known(1.0)), (&above, known(1.2))], level).verdict, Contradicted);
    let none = range(None, Some(0.0), true);
    assert_eq!(of(&none, values(&[0.0], 1.0)), Supported, "what is counted needs no blocks");
    assert_eq!(of(&none, values(&[1.0], 3.0)), Contradicted);
}

fn counts(hits: u64, trials: u64) -> Counts {
    Counts { what: "it".to_owned(), share: Proportion::of(hits, trials).unwrap(), sources: Vec::new() }
}

#[test]
fn a_share_is_larger_or_the_same_within_its_margin() {
    let of = |a, b| shares(&a, &b, 0.01, Level::NINETY_FIVE).verdict;
    assert_eq!(of(counts(120, 1_000), counts(0, 1_000)), Supported);
    assert_eq!(of(counts(0, 1_000), counts(0, 1_000)), Contradicted);
    assert_eq!(of(counts(0, 20), counts(0, 20)), NotShown, "twenty trials bound no share at one in a hundred");
}

#[test]
fn two_ratios_are_alike_or_not() {
    let of = |one: f64, other: f64, noise: &[f64]| {
        let (a, b, c, d) = (values(noise, one), steady(1.0), known(other), steady(1.0));
        alike([&a, &b], [&c, &d], 0.10, STANDING).verdict
    };
    assert_eq!(of(0.5, 0.5, &NOISE), Supported);
    assert_eq!(of(0.5, 0.9, &NOISE), Contradicted);
    assert_eq!(of(0.5, 0.5, &WILD), NotShown);
}

#[test]
fn cost_falls_with_servers_in_one_design_alone() {
    let series = |costs: [f64; 3], noise: &[f64]| -> Vec<(f64, Values)> {
        [1.0, 2.0, 5.0].into_iter().zip(costs).map(|(at, cost)| (at, values(noise, cost))).collect()
    };
    let (falling, flat) = (series([10.0, 5.0, 2.0], &NOISE), series([10.0, 10.0, 10.0], &NOISE));
    let of = |one: &[(f64, Values)], other: &[(f64, Values)]| {
        falls(("the herd", one), ("the centre", other), -0.5, STANDING).verdict
    };
    assert_eq!(of(&falling, &flat), Supported);
    assert_eq!(of(&flat, &flat), Contradicted, "it does not fall in the herd");
    assert_eq!(of(&falling, &falling), Contradicted, "it falls in the centre too");
    let mut wild = series([10.0, 5.0, 3.0], &NOISE);
    wild[2].1 = values(&WILD, 5.0);
    assert_eq!(of(&wild, &flat), NotShown);
}

#[test]
fn blocks_that_only_one_has_are_no_pairs() {
    let mut b = steady(10.0);
    b.points = b.points.into_iter().filter(|(block, _)| *block <= 7).collect::<BTreeMap<_, _>>();
    let line = ratio(&known(20.0), &b, Side::More, 0.05, STANDING).lines.remove(0);
    assert_eq!(line.n, "7 blocks");
}
