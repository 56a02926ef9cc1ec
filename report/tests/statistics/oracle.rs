//! `oracle.json` holds what scipy says; `oracle.py` wrote it and tells how.

use report::stats::{Bound, CensoredMedian, Interval, Level, Proportion, Sample, SignedRank, TheilSen};
use serde::Deserialize;

#[derive(Deserialize)]
struct Oracle {
    signed_ranks: Vec<Ranked>,
    medians: Vec<Middle>,
    slopes: Vec<Line>,
    proportions: Vec<Share>,
}

#[derive(Deserialize)]
struct Ranked {
    sample: Vec<f64>,
    p: f64,
    p_at: Vec<(f64, f64)>,
    estimate: f64,
    intervals: Vec<(f64, Option<[f64; 2]>)>,
}

#[derive(Deserialize)]
struct Middle {
    sample: Vec<f64>,
    level: f64,
    median: f64,
    interval: Option<[f64; 2]>,
    achieved: Option<f64>,
}

#[derive(Deserialize)]
struct Line {
    points: Vec<(f64, f64)>,
    slope: f64,
    intercept: f64,
    intervals: Vec<(f64, Option<[f64; 2]>)>,
}

#[derive(Deserialize)]
struct Share {
    hits: u64,
    trials: u64,
    level: f64,
    interval: [f64; 2],
}

fn oracle() -> Oracle {
    let oracle: Oracle = serde_json::from_str(include_str!("oracle.json")).unwrap();
    assert!(oracle.signed_ranks.len() > 20 && oracle.medians.len() > 20, "the oracle has lost its cases");
    oracle
}

fn level(coverage: f64) -> Level {
    Level::leaving(1.0 - coverage).unwrap()
}

fn ends(interval: Option<Interval>) -> Option<[f64; 2]> {
    interval.map(|interval| [interval.lower, interval.upper])
}

fn near(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1e-3)
}

#[test]
fn signed_rank_tests_agree() {
    for case in oracle().signed_ranks {
        let sample = Sample::new(case.sample.clone()).unwrap();
        let test = SignedRank::of(&sample);
        assert!(near(test.p_value(0.0), case.p), "{:?}: {} is not {}", case.sample, test.p_value(0.0), case.p);
        for (place, p) in case.p_at {
            assert!(near(test.p_value(place), p), "{:?} at {place}: {} is not {p}", case.sample, test.p_value(place));
        }
        assert!(near(test.estimate(), case.estimate), "{:?}", case.sample);
    }
}

#[test]
fn signed_rank_intervals_agree() {
    for case in oracle().signed_ranks {
        let sample = Sample::new(case.sample.clone()).unwrap();
        for (coverage, interval) in case.intervals {
            assert_eq!(ends(SignedRank::of(&sample).interval(level(coverage))), interval, "{:?}", case.sample);
        }
    }
}

#[test]
fn medians_agree() {
    for case in oracle().medians {
        let blocks: Vec<Bound> = case.sample.iter().copied().map(Bound::Exactly).collect();
        let ours = CensoredMedian::of(&blocks, level(case.level)).unwrap();
        assert_eq!(ends(ours.map(|median| median.interval)), case.interval);
        if let (Some(ours), Some(achieved)) = (ours, case.achieved) {
            assert!(near(ours.median.least(), case.median) && near(ours.interval.achieved, achieved));
        }
    }
}

#[test]
fn slopes_agree() {
    for case in oracle().slopes {
        let line = TheilSen::of(&case.points).unwrap();
        assert!(near(line.slope, case.slope) && near(line.intercept, case.intercept), "{line:?}");
        for (coverage, interval) in case.intervals {
            assert_eq!(ends(line.interval(level(coverage))), interval);
        }
    }
}

#[test]
fn proportions_agree() {
    for case in oracle().proportions {
        let ours = Proportion::of(case.hits, case.trials).unwrap().wilson(level(case.level));
        let [lower, upper] = case.interval;
        assert!(near(ours.lower, lower) && near(ours.upper, upper), "{ours:?} is not {:?}", case.interval);
    }
}
