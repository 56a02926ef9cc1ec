use super::{
    interval::{Bound, Interval},
    question::Scale,
};

/// More decimals than any interval here carries.
const MOST_DECIMALS: usize = 6;

/// An estimate on its scale with its interval: `1.80x [1.70, 1.90]`, `3.2 µs [2.9, 3.5]`, `>= 1.80x [1.70, ∞]`.
#[must_use]
pub fn estimate(scale: Scale, estimate: Bound, interval: &Interval) -> String {
    let number = number(scale, estimate, interval);
    format!("{number} {}", range(scale, interval.lower, interval.upper))
}

/// An estimate with the digits that its interval carries: `1.80x`.
#[must_use]
pub fn number(scale: Scale, estimate: Bound, interval: &Interval) -> String {
    let decimals = decimals(scale, interval.lower, interval.upper);
    let number = |value| format!("{}{}", fixed(scale.shown(value), decimals), scale.suffix());
    match estimate {
        Bound::Exactly(value) => number(value),
        Bound::AtLeast(value) => format!(">= {}", number(value)),
        Bound::AtMost(value) => format!("<= {}", number(value)),
        Bound::Unknown => "unknown".to_owned(),
    }
}

/// Two ends on their scale, without unit: `[1.70, 1.90]`.
#[must_use]
pub fn range(scale: Scale, lower: f64, upper: f64) -> String {
    let decimals = decimals(scale, lower, upper);
    format!("[{}, {}]", end(scale, lower, decimals), end(scale, upper, decimals))
}

/// Two ends on their scale, each with its unit: `1.02x` and `1.12x`.
#[must_use]
pub fn ends(scale: Scale, lower: f64, upper: f64) -> (String, String) {
    let decimals = decimals(scale, lower, upper);
    let end = |value| format!("{}{}", end(scale, value, decimals), scale.suffix());
    (end(lower), end(upper))
}

/// One value on its scale, to three significant digits: `1.14x`, `0.84 µs`, `any difference` if it is infinite.
#[must_use]
pub fn size(scale: Scale, value: f64) -> String {
    if value.is_infinite() {
        return "any difference".to_owned();
    }
    format!("{}{}", significant(scale.shown(value)), scale.suffix())
}

/// A duration in microseconds to three significant digits: `606 µs`, `1.40 ms`, `2.50 s`.
#[must_use]
pub fn duration(us: f64) -> String {
    match us.abs() {
        size if size < 999.5 => format!("{} µs", significant(us)),
        size if size < 999.5e3 => format!("{} ms", significant(us / 1e3)),
        _ => format!("{} s", significant(us / 1e6)),
    }
}

/// A rate per second to three significant digits: `840/s`, `95.2k/s`, `1.20M/s`.
#[must_use]
pub fn rate(per_s: f64) -> String {
    match per_s.abs() {
        size if size < 999.5 => format!("{}/s", significant(per_s)),
        size if size < 999.5e3 => format!("{}k/s", significant(per_s / 1e3)),
        _ => format!("{}M/s", significant(per_s / 1e6)),
    }
}

/// A share as a percentage of at most two decimals, without the sign: `95`, `98.33`.
#[must_use]
pub fn percent(share: f64) -> String {
    let number = format!("{:.2}", share * 100.0);
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Three significant digits, and no more decimals than are fit to read.
fn significant(value: f64) -> String {
    // What rounds up to the next power of ten loses a decimal to it.
    let rounded = value.abs() * (1.0 + 0.5e-2 * 0.1);
    fixed(value, within(2 - magnitude(rounded)))
}

/// Decimals of which the last goes 3.5 to 35 times into half the interval, as the Particle Data Group rounds; more where two
/// significant digits of a ratio's end, or what tells an end from "no difference", need them.
fn decimals(scale: Scale, lower: f64, upper: f64) -> usize {
    let (neutral, lower, upper) = (scale.shown(0.0), scale.shown(lower), scale.shown(upper));
    let ends: Vec<f64> = [lower, upper].into_iter().filter(|end| end.is_finite() && *end != 0.0).collect();
    let least = ends.iter().map(|end| 1 - magnitude(*end)).max().unwrap_or(0);
    let half = (upper - lower) / 2.0;
    let fine = if half > 0.0 && half.is_finite() { -magnitude(half / 3.5) } else { least + 1 };
    // A ratio near zero is far from one of a tenth; a difference near zero is just small.
    let least = if scale == Scale::Ratio { least } else { fine };
    let enough = within(fine.max(least));
    let tells = |decimals: &usize| ends.iter().all(|&end| differs(end, neutral, *decimals));
    (enough..MOST_DECIMALS).find(tells).unwrap_or(enough)
}

/// Whether the end still differs from "no difference" when it is printed, if it does.
fn differs(end: f64, neutral: f64, decimals: usize) -> bool {
    (end - neutral).abs() < 1e-12 || fixed(end, decimals) != fixed(neutral, decimals)
}

/// The power of ten of the first digit: 0 for 1 to 9.99.
#[expect(clippy::cast_possible_truncation, reason = "the power of ten of a finite number has three digits")]
fn magnitude(value: f64) -> i32 {
    if value == 0.0 { 0 } else { (value.abs().log10() + 1e-9).floor() as i32 }
}

fn within(decimals: i32) -> usize {
    usize::try_from(decimals).unwrap_or(0).min(MOST_DECIMALS)
}

/// With so many decimals, and zero without a sign.
fn fixed(value: f64, decimals: usize) -> String {
    let number = format!("{value:.decimals$}");
    let is_zero = number.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { number.replace('-', "") } else { number }
}

fn end(scale: Scale, value: f64, decimals: usize) -> String {
    let shown = scale.shown(value);
    if shown.is_infinite() {
        return if shown > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    fixed(shown, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Unit;

    fn ratio(estimated: f64, lower: f64, upper: f64) -> String {
        let interval = Interval { lower: lower.ln(), upper: upper.ln(), achieved: 0.95 };
        estimate(Scale::Ratio, Bound::Exactly(estimated.ln()), &interval)
    }

    #[test]
    fn digits_follow_the_interval() {
        assert_eq!(ratio(1.8, 1.7, 1.9), "1.80x [1.70, 1.90]");
        assert_eq!(ratio(1.801_23, 1.8, 1.803), "1.8012x [1.8000, 1.8030]");
        assert_eq!(ratio(1.8, 1.2, 2.6), "1.8x [1.2, 2.6]");
        assert_eq!(ratio(35.0, 21.0, 60.0), "35x [21, 60]");
        assert_eq!(ratio(0.8, 0.04, 3.0), "0.800x [0.040, 3.000]");
    }

    #[test]
    fn an_end_beside_no_difference_is_told_from_it() {
        assert_eq!(ratio(1.1, 1.004, 1.2), "1.100x [1.004, 1.200]");
        assert_eq!(ratio(1.1, 1.0, 1.2), "1.10x [1.00, 1.20]");
    }

    #[test]
    fn differences_have_their_unit() {
        let scale = Scale::Difference(Unit::Microseconds);
        let interval = Interval { lower: -0.31, upper: 2.93, achieved: 0.95 };
        assert_eq!(estimate(scale, Bound::Exactly(1.234), &interval), "1.2 µs [-0.3, 2.9]");
        let beside_zero = Interval { lower: 0.023, upper: 3.144, achieved: 0.95 };
        assert_eq!(estimate(scale, Bound::Exactly(1.398), &beside_zero), "1.40 µs [0.02, 3.14]");
        assert_eq!(ends(scale, 0.52, 0.74), ("0.52 µs".to_owned(), "0.74 µs".to_owned()));
        assert_eq!(size(scale, 0.8449), "0.845 µs");
    }

    #[test]
    fn what_is_open_is_said() {
        let interval = Interval { lower: 1.7_f64.ln(), upper: f64::INFINITY, achieved: 0.95 };
        assert_eq!(estimate(Scale::Ratio, Bound::AtLeast(1.8_f64.ln()), &interval), ">= 1.80x [1.70, ∞]");
        assert_eq!(range(Scale::Difference(Unit::Milliseconds), f64::NEG_INFINITY, 3.0), "[-∞, 3.00]");
        assert_eq!(size(Scale::Ratio, f64::INFINITY), "any difference");
    }

    #[test]
    fn durations_and_rates_have_three_digits() {
        assert_eq!([606.2, 1400.0, 2.5e6].map(duration), ["606 µs", "1.40 ms", "2.50 s"]);
        assert_eq!([0.6, 999.7].map(duration), ["0.600 µs", "1.00 ms"]);
        assert_eq!([840.0, 95_234.0, 1.2e6].map(rate), ["840/s", "95.2k/s", "1.20M/s"]);
        assert_eq!([0.95, 1.0 - 0.05 / 3.0, 1.0].map(percent), ["95", "98.33", "100"]);
    }
}
