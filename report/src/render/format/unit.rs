use super::number::{brackets, decimals, half_width, plain, rounded};
use crate::{analysis::Estimate, plan::Metric};

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
