//! Examples that stand in books and manuals.

use report::stats::{Level, Sample, SignedRank};

/// Hollander and Wolfe, "Nonparametric Statistical Methods" (1973), pages 27 to 33, from Salsburg (1970): Hamilton
/// depression scale factor of nine patients before and after a tranquilizer. It is the example of R's `wilcox.test` too,
/// which prints V = 40, p = 0.01953 for one side.
#[expect(clippy::approx_constant, reason = "3.14 was measured")]
const DEPRESSION: [(f64, f64); 9] = [
    (0.878, 1.83),
    (0.647, 0.50),
    (0.598, 1.62),
    (2.05, 2.48),
    (1.06, 1.68),
    (1.29, 1.88),
    (1.06, 1.55),
    (3.14, 3.06),
    (1.29, 1.30),
];

#[test]
fn the_depression_example() {
    let sample = Sample::of_differences(&DEPRESSION).unwrap();
    let test = SignedRank::of(&sample);
    assert!((test.p_value(0.0) / 2.0 - 0.01953).abs() < 5e-6);
    assert!((test.estimate() - -0.46).abs() < 5e-4, "{}", test.estimate());
    let interval = test.interval(Level::NINETY_FIVE).unwrap();
    assert!((interval.lower - -0.786).abs() < 5e-4 && (interval.upper - -0.010).abs() < 5e-4, "{interval:?}");
    // 20 of 512 orders of signs lie outside.
    assert!((interval.achieved - 0.9609).abs() < 5e-5, "{interval:?}");
}

/// Differences in height of 15 pairs of cross- and self-fertilized maize, in eighths of an inch (Darwin 1876; Fisher, "The
/// Design of Experiments", 1935): the sums of ranks are 96 and 24, and p = 0.0413.
#[test]
fn darwins_maize() {
    let eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    let sample = Sample::new(eighths.map(f64::from).to_vec()).unwrap();
    let test = SignedRank::of(&sample);
    assert!((test.p_value(0.0) - 0.0413).abs() < 5e-5, "{}", test.p_value(0.0));
    assert!(test.interval(Level::NINETY_FIVE).unwrap().is_above(0.0));
    assert!(!test.interval(Level::leaving(0.04).unwrap()).unwrap().is_above(0.0));
}
