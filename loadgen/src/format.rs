//! Every number, unit and interval that a person reads, written in one place, so that a figure reads the same wherever it
//! stands.
//!
//! Invariant: an interval that leaves out "no difference" never prints it as an end, and one that holds it never prints as if
//! it did not.

use serde::Serialize;

/// Significant digits of a value that comes without an interval.
const DIGITS: i32 = 3;

/// The ends of an interval; an infinite one is open.
pub type Ends = [f64; 2];

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// So many a second, written as /s, k/s or M/s.
    PerSecond,
    /// Microseconds, written as µs, ms or s.
    Us,
    /// Units of 1,024 bytes, written as KiB or MiB.
    Kib,
    /// A number alone.
    Count,
}

/// What a figure says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// One measure over another: 1 is no difference.
    Ratio,
    /// One measure less another, in their unit as it is: 0 is no difference.
    Difference(Unit),
    /// A measure, in its unit at the size of the value.
    Amount(Unit),
}

/// How the numbers of one figure are written.
struct Style {
    divisor: f64,
    prefix: &'static str,
    unit: &'static str,
    decimals: i32,
}

impl Quantity {
    /// A value with its interval, if it has one: `1.80x [1.70, 1.90]`, `112.3k/s [110.1k, 114.9k]`, `5.00 s [4.00, ∞]`.
    #[must_use]
    pub fn figure(self, value: f64, ends: Option<Ends>) -> String {
        let style = self.style(value, ends);
        let value = style.with_unit(value);
        ends.map_or_else(|| value.clone(), |ends| format!("{value} {}", style.brackets(ends)))
    }

    /// The value alone, with the digits that its interval bears.
    #[must_use]
    pub fn value(self, value: f64, ends: Option<Ends>) -> String {
        self.style(value, ends).with_unit(value)
    }

    /// The interval alone, as beside the value.
    #[must_use]
    pub fn interval(self, value: f64, ends: Ends) -> String {
        self.style(value, Some(ends)).brackets(ends)
    }

    /// An interval without a value: `[1.70, 1.90]`.
    #[must_use]
    pub fn range(self, ends: Ends) -> String {
        self.interval(largest(ends), ends)
    }

    /// Both ends of an interval, each with its unit: `1.02x` and `1.12x`.
    #[must_use]
    pub fn ends(self, ends: Ends) -> [String; 2] {
        let style = self.style(largest(ends), Some(ends));
        ends.map(|end| style.with_unit(end))
    }

    fn style(self, value: f64, ends: Option<Ends>) -> Style {
        let (divisor, prefix, unit) = match self {
            Self::Ratio => (1.0, "", "x"),
            Self::Difference(unit) => (1.0, "", unit.name()),
            Self::Amount(unit) => unit.sized(value),
        };
        let decimals = self.decimals(value / divisor, ends.map(|ends| ends.map(|end| end / divisor)));
        Style { divisor, prefix, unit, decimals }
    }

    /// Digits after the point (before it, if negative). The last one goes 3.5 to 35 times into half the interval, as the
    /// Particle Data Group rounds; there are four digits at most, and two at least of an amount and of a ratio's ends. More
    /// are there where they tell an end from "no difference".
    fn decimals(self, value: f64, ends: Option<Ends>) -> i32 {
        let Some(ends) = ends else { return digits(DIGITS, value) };
        let half_width = match self {
            Self::Amount(_) if ends[1].is_infinite() => (value - ends[0]).abs(),
            Self::Ratio | Self::Difference(_) | Self::Amount(_) => (ends[1] - ends[0]) / 2.0,
        };
        let is_known = half_width > 0.0 && half_width.is_finite();
        let borne = is_known.then(|| 1 - magnitude(half_width * 10.0 / 3.5));
        match self {
            Self::Ratio => {
                let known = ends.into_iter().filter(|end| end.is_finite() && *end != 0.0);
                let least = known.map(|end| digits(2, end)).max().unwrap_or(DIGITS - 1);
                let enough = borne.unwrap_or(least + 1).min(digits(4, largest(ends))).max(least);
                told_apart(1.0, ends, enough)
            }
            Self::Difference(_) => {
                let enough = borne.unwrap_or_else(|| digits(DIGITS, largest(ends)));
                told_apart(0.0, ends, enough.min(digits(4, largest(ends))))
            }
            Self::Amount(_) => {
                borne.map_or(digits(DIGITS, value), |borne| borne.clamp(digits(2, value), digits(4, value)))
            }
        }
    }
}

impl Style {
    fn number(&self, value: f64) -> String {
        rounded(value / self.divisor, self.decimals) + if value.is_finite() { self.prefix } else { "" }
    }

    fn with_unit(&self, value: f64) -> String {
        self.number(value) + self.unit
    }

    fn brackets(&self, [low, high]: Ends) -> String {
        format!("[{}, {}]", self.number(low), self.number(high))
    }
}

impl Unit {
    /// A number without an interval: `112k/s`, `1.40 ms`, `2.50 s`.
    #[must_use]
    pub fn value(self, value: f64) -> String {
        Quantity::Amount(self).value(value, None)
    }

    /// A number that somebody chose, in this unit as it is: `0.6 µs`.
    #[must_use]
    pub fn exactly(self, value: f64) -> String {
        plain(value) + self.name()
    }

    fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Us => " µs",
            Self::Kib => " KiB",
            Self::Count => "",
        }
    }

    /// What to divide by, what stands behind every number, and behind a value alone. What three digits round up to the next
    /// unit stands in that.
    fn sized(self, value: f64) -> (f64, &'static str, &'static str) {
        let size = value.abs() * 1.0005;
        match self {
            Self::PerSecond if size >= 1e6 => (1e6, "M", "/s"),
            Self::PerSecond if size >= 1e4 => (1e3, "k", "/s"),
            Self::Us if size >= 1e6 => (1e6, "", " s"),
            Self::Us if size >= 1e3 => (1e3, "", " ms"),
            Self::Kib if size >= 10_240.0 => (1024.0, "", " MiB"),
            Self::PerSecond | Self::Us | Self::Kib | Self::Count => (1.0, "", self.name()),
        }
    }
}

/// The finite end that lies farthest from zero.
fn largest(ends: Ends) -> f64 {
    ends.into_iter()
        .filter(|end| end.is_finite())
        .fold(0.0, |one: f64, other| if other.abs() > one.abs() { other } else { one })
}

/// So many decimals, or as many more as the end next to `neutral` needs to differ from it, where all of the interval does.
fn told_apart(neutral: f64, [low, high]: Ends, decimals: i32) -> i32 {
    let nearest = if low > neutral { low } else { high };
    if low <= neutral && neutral <= high {
        return decimals;
    }
    let most = digits(1, nearest - neutral).max(decimals);
    let is_told = |decimals: &i32| rounded(nearest, *decimals) != rounded(neutral, *decimals);
    (decimals..most).find(is_told).unwrap_or(most)
}

/// Decimals that show so many significant digits of a value.
fn digits(count: i32, value: f64) -> i32 {
    // What rounds up to the next power of ten loses a decimal to it.
    count - 1 - magnitude(value * (1.0 + 0.5 * 10_f64.powi(-count)))
}

/// Power of ten of a value's first digit: 2 for 345; 0 for zero.
#[expect(clippy::cast_possible_truncation, reason = "the logarithm of a finite number is below 400")]
fn magnitude(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() { 0 } else { (value.abs().log10() + 1e-9).floor() as i32 }
}

/// A value with so many digits after the point (tens, hundreds if negative), and commas between thousands.
#[must_use]
pub fn rounded(value: f64, decimals: i32) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    if value.is_nan() {
        return "n/a".to_owned();
    }
    let unit = 10_f64.powi((-decimals).max(0));
    let places = usize::try_from(decimals).unwrap_or(0);
    let value = if decimals < 0 { (value / unit).round() * unit } else { value };
    let text = format!("{value:.places$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    with_commas(if is_zero { text.trim_start_matches('-') } else { &text })
}

/// A number as it is, without the noise of binary fractions.
#[must_use]
pub fn plain(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// As [`plain`], with commas between thousands.
#[must_use]
pub fn grouped(value: f64) -> String {
    with_commas(&plain(value))
}

fn with_commas(text: &str) -> String {
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

/// A measured share in two digits: `0.42 %`, `62 %`.
#[must_use]
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    let unit = 10_f64.powi(magnitude(percent) - 1);
    format!("{} %", plain((percent / unit).round() * unit))
}

/// A share that somebody chose, a level or a margin, with two decimals at most: `95 %`, `98.33 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let number = format!("{:.2}", share * 100.0);
    format!("{} %", number.trim_end_matches('0').trim_end_matches('.'))
}

/// So many of something: `1 block`, `10 blocks`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A number beside an axis: `0.5`, `800`, `10k`, `2M`.
#[must_use]
pub fn tick(value: f64) -> String {
    match value.abs() {
        size if size >= 1e6 => format!("{}M", plain(value / 1e6)),
        size if size >= 1e3 => format!("{}k", plain(value / 1e3)),
        _ => plain(value),
    }
}

/// Microseconds beside an axis: `50 µs`, `1 ms`, `2 s`.
#[must_use]
pub fn duration_tick(us: f64) -> String {
    match us {
        us if us >= 1e6 => format!("{} s", plain(us / 1e6)),
        us if us >= 1e3 => format!("{} ms", plain(us / 1e3)),
        us => format!("{} µs", plain(us)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratio(value: f64, low: f64, high: f64) -> String {
        Quantity::Ratio.figure(value, Some([low, high]))
    }

    #[test]
    fn a_ratio_has_the_digits_that_its_interval_bears() {
        assert_eq!(ratio(1.8, 1.7, 1.9), "1.80x [1.70, 1.90]");
        assert_eq!(ratio(1.801_23, 1.8, 1.803), "1.801x [1.800, 1.803]");
        assert_eq!(ratio(1.8, 1.2, 2.6), "1.8x [1.2, 2.6]");
        assert_eq!(ratio(35.0, 21.0, 60.0), "35x [21, 60]");
        assert_eq!(ratio(0.8, 0.04, 3.0), "0.800x [0.040, 3.000]");
        assert_eq!(ratio(0.907, 0.878, 0.961), "0.91x [0.88, 0.96]");
        assert_eq!(ratio(1.003_1, 0.999, 1.007), "1.003x [0.999, 1.007]");
        assert_eq!(ratio(0.052_3, 0.048, 0.056), "0.052x [0.048, 0.056]");
        assert_eq!(ratio(12.34, 9.0, 15.0), "12.3x [9.0, 15.0]");
        assert_eq!(Quantity::Ratio.figure(2.0, None), "2.00x");
        assert_eq!(ratio(1.0, 1.0, 1.0), "1.00x [1.00, 1.00]");
    }

    #[test]
    fn an_end_is_told_from_no_difference_where_the_interval_leaves_it_out() {
        assert_eq!(ratio(1.46, 1.03, 2.38), "1.46x [1.03, 2.38]");
        assert_eq!(ratio(1.1, 1.004, 1.2), "1.100x [1.004, 1.200]");
        assert_eq!(ratio(1.1, 1.0, 1.2), "1.10x [1.00, 1.20]");
        assert_eq!(ratio(0.907, 0.829, 1.000_3), "0.91x [0.83, 1.00]");
        assert_eq!(ratio(0.9, 0.829, 0.999_7), "0.9000x [0.8290, 0.9997]");
    }

    #[test]
    fn a_difference_stays_in_its_unit() {
        let cost = |value, low, high| Quantity::Difference(Unit::Us).figure(value, Some([low, high]));
        assert_eq!(cost(1.234, -0.31, 2.93), "1.2 µs [-0.3, 2.9]");
        assert_eq!(cost(1.398, 0.023, 3.144), "1.40 µs [0.02, 3.14]");
        assert_eq!(cost(1_500.0, 900.0, 2_100.0), "1,500 µs [900, 2,100]");
        assert_eq!(Quantity::Difference(Unit::Us).ends([0.52, 0.74]), ["0.52 µs", "0.74 µs"]);
        assert_eq!(Quantity::Difference(Unit::Us).range([f64::NEG_INFINITY, 3.0]), "[-∞, 3.00]");
    }

    #[test]
    fn an_interval_has_the_unit_of_its_value() {
        let amount = |unit, value, low, high| Quantity::Amount(unit).figure(value, Some([low, high]));
        assert_eq!(amount(Unit::PerSecond, 112_345.0, 110_100.0, 114_900.0), "112.3k/s [110.1k, 114.9k]");
        assert_eq!(amount(Unit::PerSecond, 9_870.0, 9_600.0, 10_100.0), "9,870/s [9,600, 10,100]");
        assert_eq!(amount(Unit::Us, 823.4, 801.0, 845.0), "823 µs [801, 845]");
        assert_eq!(amount(Unit::Us, 1_240.0, 980.0, 1_500.0), "1.24 ms [0.98, 1.50]");
        assert_eq!(amount(Unit::Kib, 9.83, 9.7, 9.95), "9.83 KiB [9.70, 9.95]");
    }

    #[test]
    fn what_is_open_is_infinite() {
        assert_eq!(ratio(1.8, 1.7, f64::INFINITY), "1.80x [1.70, ∞]");
        assert_eq!(Quantity::Amount(Unit::Us).figure(5e6, Some([4e6, f64::INFINITY])), "5.0 s [4.0, ∞]");
    }

    #[test]
    fn values_without_an_interval_have_three_digits() {
        assert_eq!(
            [0.6, 606.2, 999.7, 1400.0, 2.5e6].map(|us| Unit::Us.value(us)),
            ["0.600 µs", "606 µs", "1.00 ms", "1.40 ms", "2.50 s"]
        );
        assert_eq!([840.0, 95_234.0, 1.2e6].map(|rate| Unit::PerSecond.value(rate)), ["840/s", "95.2k/s", "1.20M/s"]);
    }

    #[test]
    fn rounding_goes_left_of_the_point_and_groups_thousands() {
        assert_eq!(rounded(1_234_567.0, -2), "1,234,600");
        assert_eq!(rounded(-1234.5, 1), "-1,234.5");
        assert_eq!(rounded(-0.001, 1), "0.0");
        assert_eq!(rounded(999.96, 1), "1,000.0");
        assert_eq!(rounded(f64::NAN, 1), "n/a");
        assert_eq!([grouped(5_000.0), grouped(2.5)], ["5,000", "2.5"]);
    }

    #[test]
    fn ticks_are_short() {
        let ticks: Vec<_> = [0.0, 0.1 + 0.2, 1.0, 500.0, 1000.0, 2500.0, 1e5, 2e6].map(tick).into();
        assert_eq!(ticks, ["0", "0.3", "1", "500", "1k", "2.5k", "100k", "2M"]);
        assert_eq!([50.0, 1e3, 2e6].map(duration_tick), ["50 µs", "1 ms", "2 s"]);
    }

    #[test]
    fn shares_are_per_cent() {
        assert_eq!([0.0, 0.000_42, 0.05, 0.623].map(share), ["0 %", "0.042 %", "5 %", "62 %"]);
        assert_eq!([0.95, 1.0 - 0.05 / 3.0, 1.0].map(percent), ["95 %", "98.33 %", "100 %"]);
    }

    /// The numbers between the brackets of a figure.
    fn printed(text: &str) -> Ends {
        let inside = text.split_once('[').unwrap().1.trim_end_matches(']');
        let ends: Vec<f64> =
            inside.split(", ").map(|end| end.replace(',', "").replace('∞', "inf").parse().unwrap()).collect();
        [ends[0], ends[1]]
    }

    /// Where all of an interval lies, seen from a value: below, above, or on both sides of it.
    fn side(neutral: f64, [low, high]: Ends) -> (bool, bool) {
        (low > neutral, high < neutral)
    }

    /// Intervals that end near "no difference" as often as far from it.
    fn ends(neutral: f64) -> impl Strategy<Value = Ends> {
        let end = (any::<bool>(), -9.0..2.0_f64).prop_map(move |(is_above, power)| {
            let distance = 10_f64.powf(power);
            if is_above {
                neutral + distance
            } else {
                (neutral - distance).max(if neutral > 0.0 { 1e-3 } else { -1e3 })
            }
        });
        let end = prop_oneof![9 => end, 1 => Just(neutral)];
        (end.clone(), end).prop_map(|(one, other)| [one.min(other), one.max(other)])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn a_printed_ratio_leaves_out_one_if_and_only_if_its_interval_does(ends in ends(1.0), share in 0.0..1.0_f64) {
            let text = ratio(ends[0] + (ends[1] - ends[0]) * share, ends[0], ends[1]);
            prop_assert_eq!(side(1.0, printed(&text)), side(1.0, ends), "{} of {:?}", text, ends);
        }

        #[test]
        fn a_printed_difference_leaves_out_zero_if_and_only_if_its_interval_does(ends in ends(0.0)) {
            let text = Quantity::Difference(Unit::Us).range(ends);
            prop_assert_eq!(side(0.0, printed(&text)), side(0.0, ends), "{} of {:?}", text, ends);
        }

        #[test]
        fn a_value_has_the_same_digits_with_and_without_its_interval_beside_it(ends in ends(1.0), open in any::<bool>()) {
            let ends = if open { [ends[0], f64::INFINITY] } else { ends };
            for quantity in [Quantity::Ratio, Quantity::Difference(Unit::Us), Quantity::Amount(Unit::PerSecond)] {
                let (value, interval) = (quantity.value(ends[0], Some(ends)), quantity.interval(ends[0], ends));
                prop_assert_eq!(quantity.figure(ends[0], Some(ends)), format!("{value} {interval}"));
            }
            prop_assert_eq!(format!("[{}]", Quantity::Ratio.ends(ends).join(", ").replace('x', "")), Quantity::Ratio.range(ends));
        }
    }
}
