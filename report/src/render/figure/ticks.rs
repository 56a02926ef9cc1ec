//! Round numbers for axes.

/// Steps within a decade that read well.
const STEPS: [f64; 4] = [1.0, 2.0, 5.0, 10.0];

/// Digits of a logarithmic axis of little more than a decade.
const DENSE: [f64; 12] = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

/// Multiples of 1, 2 or 5 times a power of ten within the range: as many as possible, at most `most`.
pub(crate) fn linear(low: f64, high: f64, most: usize) -> Vec<f64> {
    if high <= low || !(high - low).is_finite() || most < 2 {
        return vec![low];
    }
    let least = (high - low) / (most as f64 - 1.0).max(1.0);
    let decade = 10_f64.powf((least / 10.0).log10().floor());
    let steps = (0..3).flat_map(|power| STEPS.map(|step| step * decade * 10_f64.powi(power)));
    let fitting = steps.map(|step| multiples(low, high, step)).find(|ticks| ticks.len() <= most);
    fitting.unwrap_or_else(|| vec![low])
}

/// Round numbers within a range of positive numbers, for a logarithmic axis: every digit, 1-2-5, or decades, whatever
/// fits in `most`; within less than a decade evenly spaced ones.
pub(crate) fn log(low: f64, high: f64, most: usize) -> Vec<f64> {
    let sets: [&[f64]; 5] = [&DENSE, &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0], &[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
    let all = sets.iter().map(|digits| decades(low, high, digits, 1));
    let sparse = (2..20).map(|every| decades(low, high, &[1.0], every));
    let fitting = all.chain(sparse).find(|ticks| ticks.len() <= most).unwrap_or_default();
    if fitting.len() < 3 { linear(low, high, most) } else { fitting }
}

fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    let first = (low / step - 1e-9).ceil();
    let count = (high / step + 1e-9).floor() - first;
    std::iter::successors(Some(0.0), |index| Some(index + 1.0))
        .take_while(|index| *index <= count)
        .take(100)
        .map(|index| (first + index) * step)
        .collect()
}

fn decades(low: f64, high: f64, digits: &[f64], every: i32) -> Vec<f64> {
    let powers = (-12..=15).filter(|power| power % every == 0);
    let all = powers.flat_map(|power| digits.iter().map(move |digit| digit * 10_f64.powi(power)));
    all.filter(|tick| *tick >= low * (1.0 - 1e-9) && *tick <= high * (1.0 + 1e-9)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(ticks: &[f64], expected: &[f64]) -> bool {
        ticks.len() == expected.len() && ticks.iter().zip(expected).all(|(a, b)| (a - b).abs() <= b.abs() * 1e-9)
    }

    #[test]
    fn linear_ticks_are_round_and_inside() {
        assert!(close(&linear(0.0, 131_000.0, 5), &[0.0, 50_000.0, 100_000.0]));
        assert!(close(&linear(0.0, 1.0, 6), &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]));
        assert!(close(&linear(0.87, 1.16, 5), &[0.9, 1.0, 1.1]));
    }

    #[test]
    fn log_ticks_thin_out_as_the_range_grows() {
        assert!(close(&log(10.0, 5_000.0, 6), &[10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0]));
        assert!(close(&log(0.5, 20.0, 6), &[0.5, 1.0, 2.0, 5.0, 10.0, 20.0]));
        assert!(close(&log(1.0, 1e6, 4), &[1.0, 100.0, 1e4, 1e6]));
    }

    #[test]
    fn a_narrow_log_axis_is_marked_evenly_and_keeps_one() {
        assert!(close(&log(0.88, 1.15, 5), &[0.9, 1.0, 1.1]));
    }

    #[test]
    fn a_range_without_width_has_one_tick() {
        assert_eq!(linear(3.0, 3.0, 5), [3.0]);
        assert_eq!(linear(f64::NAN, 3.0, 5).len(), 1);
    }
}
