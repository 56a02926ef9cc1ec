use crate::{
    analysis::{Estimate, Interval},
    plan::Metric,
};

/// Significant digits of a value that comes without an interval.
const DIGITS: i32 = 3;

/// Power of ten of a value's first digit: 2 for 345; 0 for zero.
pub(crate) fn magnitude(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a finite number is below 400")]
    let power = value.abs().log10().floor() as i32;
    power
}

/// Digits after the point (before it, if negative) that an interval of this half width bears: two of its digits if they
/// are below 35, else one, as the Particle Data Group rounds; and two to four digits of the value.
pub(crate) fn decimals(value: f64, half_width: Option<f64>) -> i32 {
    let needed = half_width.filter(|width| *width > 0.0).map(|width| -magnitude(width * 10.0 / 3.5) + 1);
    let digits = |count: i32| count - 1 - magnitude(value);
    needed.map_or(digits(DIGITS), |needed| needed.clamp(digits(2), digits(4)))
}

/// A value with so many digits after the point (tens, hundreds if negative), and commas between thousands.
pub(crate) fn rounded(value: f64, decimals: i32) -> String {
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    let unit = 10_f64.powi((-decimals).max(0));
    let places = usize::try_from(decimals).unwrap_or(0);
    let value = if decimals < 0 { (value / unit).round() * unit } else { value };
    let text = format!("{value:.places$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    grouped(if is_zero { text.trim_start_matches('-') } else { &text })
}

/// Half of an interval's width, or the distance to its lower end where the upper end is open.
pub(crate) fn half_width(value: f64, interval: Option<&Interval>) -> Option<f64> {
    interval.map(|interval| interval.high.map_or(value - interval.low, |high| (high - interval.low) / 2.0).abs())
}

/// `[1.70, 1.90]`, `[1.70, open]`; the numbers divided by `divisor` and followed by `suffix`.
pub(crate) fn brackets(interval: &Interval, divisor: f64, decimals: i32, suffix: &str) -> String {
    let low = rounded(interval.low / divisor, decimals);
    match interval.high {
        Some(high) => format!("[{low}{suffix}, {}{suffix}]", rounded(high / divisor, decimals)),
        None => format!("[{low}{suffix}, open]"),
    }
}

/// A ratio with its interval: `1.80x [1.70, 1.90]`.
pub(crate) fn ratio(value: f64, interval: Option<&Interval>) -> String {
    let decimals = decimals(value, half_width(value, interval));
    let value = rounded(value, decimals);
    interval
        .map_or_else(|| format!("{value}x"), |interval| format!("{value}x {}", brackets(interval, 1.0, decimals, "")))
}

/// As [`ratio`], or a dash where there is none.
pub(crate) fn ratio_or_none(value: Option<f64>, interval: Option<&Interval>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| ratio(value, interval))
}

/// A share as per cent in two digits: `0.42 %`, `5 %`; the blank does not break.
pub(crate) fn share(value: f64) -> String {
    let percent = value * 100.0;
    let unit = 10_f64.powi(magnitude(percent) - 1);
    format!("{}\u{a0}%", plain((percent / unit).round() * unit))
}

/// A number beside an axis: `0.5`, `800`, `10k`, `2M`.
pub(crate) fn tick(value: f64) -> String {
    match value.abs() {
        size if size >= 1e6 => format!("{}M", plain(value / 1e6)),
        size if size >= 1e3 => format!("{}k", plain(value / 1e3)),
        _ => plain(value),
    }
}

/// A number without the noise of binary fractions.
pub(crate) fn plain(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn grouped(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, rest) = text.find('.').map_or((text, ""), |point| text.split_at(point));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// What a number counts, and so how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Replies a second.
    PerSecond,
    /// Microseconds, written as µs, ms or s.
    Us,
    /// KiB, written as KiB or MiB.
    Kib,
    /// A number alone.
    Count,
}

/// A unit at the size of one value.
struct Sized {
    divisor: f64,
    prefix: &'static str,
    name: &'static str,
}

impl Unit {
    /// The unit of a metric's values.
    pub(crate) fn of(metric: Metric) -> Self {
        match metric {
            Metric::Throughput | Metric::Capacity => Self::PerSecond,
            Metric::CpuPerRequest | Metric::LatencyP50 | Metric::LatencyP90 | Metric::LatencyP99 => Self::Us,
            Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => Self::Kib,
        }
    }

    /// A value with its interval: `112.3k/s [110.1k, 114.9k]`, `823 µs [801, 845]`, `≥ 5.00 s`.
    pub(crate) fn estimate(self, estimate: &Estimate) -> String {
        let median = self.median(estimate);
        self.interval(estimate).map_or_else(|| median.clone(), |interval| format!("{median} {interval}"))
    }

    /// The interval alone, as beside the value.
    pub(crate) fn interval(self, estimate: &Estimate) -> Option<String> {
        let sized = self.sized(estimate.median);
        let decimals = sized.decimals(estimate);
        estimate.interval.as_ref().map(|interval| brackets(interval, sized.divisor, decimals, sized.prefix))
    }

    /// The value alone, with the digits that its interval bears.
    pub(crate) fn median(self, estimate: &Estimate) -> String {
        let sized = self.sized(estimate.median);
        let least = if estimate.is_at_least { "≥ " } else { "" };
        let number = rounded(estimate.median / sized.divisor, sized.decimals(estimate));
        format!("{least}{number}{}{}", sized.prefix, sized.name)
    }

    /// A bare number with its unit.
    pub(crate) fn value(self, value: f64) -> String {
        let sized = self.sized(value);
        let value = value / sized.divisor;
        format!("{}{}{}", rounded(value, decimals(value, None)), sized.prefix, sized.name)
    }

    fn sized(self, value: f64) -> Sized {
        let (divisor, prefix, name) = match self {
            Self::PerSecond if value >= 1e6 => (1e6, "M", "/s"),
            Self::PerSecond if value >= 1e4 => (1e3, "k", "/s"),
            Self::PerSecond => (1.0, "", "/s"),
            Self::Us if value >= 1e6 => (1e6, "", " s"),
            Self::Us if value >= 1e3 => (1e3, "", " ms"),
            Self::Us => (1.0, "", " µs"),
            Self::Kib if value >= 10_240.0 => (1024.0, "", " MiB"),
            Self::Kib => (1.0, "", " KiB"),
            Self::Count => (1.0, "", ""),
        };
        Sized { divisor, prefix, name }
    }
}

impl Sized {
    fn decimals(&self, estimate: &Estimate) -> i32 {
        let half_width = half_width(estimate.median, estimate.interval.as_ref());
        decimals(estimate.median / self.divisor, half_width.map(|width| width / self.divisor))
    }
}

/// Microseconds beside an axis: `50 µs`, `1 ms`, `2 s`.
pub(crate) fn duration_tick(us: f64) -> String {
    match us {
        us if us >= 1e6 => format!("{} s", plain(us / 1e6)),
        us if us >= 1e3 => format!("{} ms", plain(us / 1e3)),
        us => format!("{} µs", plain(us)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Interval;

    fn interval(low: f64, high: f64) -> Interval {
        Interval { low, high: Some(high), level: 0.95 }
    }

    #[test]
    fn a_ratio_has_the_digits_that_its_interval_bears() {
        assert_eq!(ratio(1.8, Some(&interval(1.7, 1.9))), "1.80x [1.70, 1.90]");
        assert_eq!(ratio(0.907, Some(&interval(0.878, 0.961))), "0.91x [0.88, 0.96]");
        assert_eq!(ratio(1.003_1, Some(&interval(0.999, 1.007))), "1.003x [0.999, 1.007]");
        assert_eq!(ratio(0.052_3, Some(&interval(0.048, 0.056))), "0.052x [0.048, 0.056]");
        assert_eq!(ratio(12.34, Some(&interval(9.0, 15.0))), "12.3x [9.0, 15.0]");
        assert_eq!(ratio(2.0, Some(&Interval { low: 1.5, high: None, level: 0.95 })), "2.0x [1.5, open]");
        assert_eq!(ratio(2.0, None), "2.00x");
    }

    #[test]
    fn rounding_goes_left_of_the_point_and_groups_thousands() {
        assert_eq!(rounded(1_234_567.0, -2), "1,234,600");
        assert_eq!(rounded(-1234.5, 1), "-1,234.5");
        assert_eq!(rounded(-0.001, 1), "0.0");
        assert_eq!(rounded(999.96, 1), "1,000.0");
        assert_eq!(rounded(f64::NAN, 1), "n/a");
    }

    #[test]
    fn an_exact_interval_does_not_ask_for_endless_digits() {
        assert_eq!(ratio(1.0, Some(&interval(1.0, 1.0))), "1.00x [1.00, 1.00]");
    }

    #[test]
    fn ticks_are_short() {
        let ticks: Vec<_> = [0.0, 0.1 + 0.2, 1.0, 500.0, 1000.0, 2500.0, 1e5, 2e6].map(tick).into();
        assert_eq!(ticks, ["0", "0.3", "1", "500", "1k", "2.5k", "100k", "2M"]);
    }

    #[test]
    fn shares_are_per_cent() {
        assert_eq!([0.0, 0.000_42, 0.05, 0.623].map(share), ["0\u{a0}%", "0.042\u{a0}%", "5\u{a0}%", "62\u{a0}%"]);
    }

    fn estimate(median: f64, low: f64, high: f64) -> Estimate {
        let interval = Some(Interval { low, high: Some(high), level: 0.95 });
        Estimate { median, is_at_least: false, interval, blocks: 10, sources: Vec::new() }
    }

    #[test]
    fn an_interval_has_the_scale_of_its_median() {
        assert_eq!(Unit::PerSecond.estimate(&estimate(112_345.0, 110_100.0, 114_900.0)), "112.3k/s [110.1k, 114.9k]");
        assert_eq!(Unit::PerSecond.estimate(&estimate(9_870.0, 9_600.0, 10_100.0)), "9,870/s [9,600, 10,100]");
        assert_eq!(Unit::Us.estimate(&estimate(823.4, 801.0, 845.0)), "823 µs [801, 845]");
        assert_eq!(Unit::Us.estimate(&estimate(1_240.0, 980.0, 1_500.0)), "1.24 ms [0.98, 1.50]");
        assert_eq!(Unit::Kib.estimate(&estimate(9.83, 9.7, 9.95)), "9.83 KiB [9.70, 9.95]");
    }

    #[test]
    fn what_is_only_known_to_be_at_least_says_so() {
        let mut late = estimate(5e6, 4e6, 5e6);
        late.is_at_least = true;
        late.interval = Some(Interval { low: 4e6, high: None, level: 0.95 });
        assert_eq!(Unit::Us.estimate(&late), "≥ 5.0 s [4.0, open]");
    }

    #[test]
    fn durations_have_their_unit_beside_an_axis() {
        assert_eq!([50.0, 1e3, 2e6].map(duration_tick), ["50 µs", "1 ms", "2 s"]);
    }
}
