//! Where values stand along an axis, which of them are marked, and how labels keep apart.

use super::pen::text_width;

/// How values become lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Equal differences, from zero.
    Linear,
    /// Equal ratios.
    Log,
    /// Equal factors of what is left to 1: 0.9, 0.99, 0.999.
    Tail,
}

impl Law {
    /// Linear where the values are within a factor of eight of each other, or where one is zero or below, for which a
    /// logarithmic axis has no place; else logarithmic.
    #[must_use]
    pub fn fitting(values: impl IntoIterator<Item = f64> + Clone) -> Self {
        let known = values.into_iter().filter(|value| value.is_finite());
        let (low, high) = known.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        if low > 0.0 && high > low * 8.0 { Self::Log } else { Self::Linear }
    }

    fn apply(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.max(1e-12).ln(),
            Self::Tail => -(1.0 - value).max(1e-9).ln(),
        }
    }
}

/// Values along an axis.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    law: Law,
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// From `low` at the coordinate `start` to `high` at `end`.
    #[must_use]
    pub fn new(law: Law, [low, high]: [f64; 2], [start, end]: [f64; 2]) -> Self {
        let (low, high) = if low.is_finite() && high > low { (low, high) } else { (1.0, 2.0) };
        Self { law, low, high, start, end }
    }

    /// As `new`, for values that are to stand inside: from zero, or between with some room at both ends.
    #[must_use]
    pub fn around(law: Law, values: impl IntoIterator<Item = f64>, span: [f64; 2]) -> Self {
        let usable = values.into_iter().filter(|value| value.is_finite() && (law != Law::Log || *value > 0.0));
        let start = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = usable.fold(start, |(low, high), value| (low.min(value), high.max(value)));
        match law {
            Law::Linear => Self::new(law, [low.min(0.0), high * 1.06], span),
            Law::Log => {
                let room = (high / low).powf(0.05).max(1.02);
                Self::new(law, [low / room, high * room], span)
            }
            Law::Tail => Self::new(law, [low, high], span),
        }
    }

    /// Where a value stands; one beyond an end stands at it.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        let [low, high, value] = [self.low, self.high, value].map(|value| self.law.apply(value));
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        self.start + (self.end - self.start) * if share.is_finite() { share } else { 0.0 }
    }

    /// Whether a value lies between the ends.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Those of these ticks whose texts do not touch, the first ones before the later ones.
    #[must_use]
    pub fn legible(&self, ticks: Vec<f64>, write: impl Fn(f64) -> String) -> Vec<f64> {
        let mut kept: Vec<(f64, f64)> = Vec::new();
        for tick in ticks {
            let (x, half) = (self.at(tick), text_width(&write(tick), 10.5) / 2.0 + 1.0);
            if kept.iter().all(|(other, room)| (self.at(*other) - x).abs() >= half + room) {
                kept.push((tick, half));
            }
        }
        kept.into_iter().map(|(tick, _)| tick).collect()
    }

    /// Round numbers along it, at most `most`.
    #[must_use]
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        match self.law {
            Law::Linear => linear(self.low, self.high, most),
            Law::Log => log(self.low, self.high, most),
            Law::Tail => [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999].into_iter().filter(|q| self.holds(*q)).collect(),
        }
    }
}

/// Steps within a decade that read well.
const STEPS: [f64; 4] = [1.0, 2.0, 5.0, 10.0];

/// Digits of a logarithmic axis of little more than a decade.
const DENSE: [f64; 12] = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

/// Multiples of 1, 2 or 5 times a power of ten within the range: as many as possible, at most `most`.
fn linear(low: f64, high: f64, most: usize) -> Vec<f64> {
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
fn log(low: f64, high: f64, most: usize) -> Vec<f64> {
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

/// Moves labels apart: the wanted positions, in any order, become positions at least `gap` apart and within `low` to
/// `high`, as near as can be to what was wanted. Where there is no room for all the gap shrinks.
pub(crate) fn spread(wanted: &[f64], gap: f64, [low, high]: [f64; 2]) -> Vec<f64> {
    let gap = if wanted.len() > 1 { gap.min((high - low) / (wanted.len() as f64 - 1.0)) } else { gap };
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut placed = vec![0.0; wanted.len()];
    let mut next = low;
    for index in &order {
        placed[*index] = wanted[*index].max(next);
        next = placed[*index] + gap;
    }
    let mut ceiling = high;
    for index in order.iter().rev() {
        placed[*index] = placed[*index].min(ceiling);
        ceiling = placed[*index] - gap;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn values_stand_where_their_law_says() {
        let linear = Scale::new(Law::Linear, [0.0, 10.0], [100.0, 200.0]);
        assert!(is_near(linear.at(5.0), 150.0));
        let log = Scale::new(Law::Log, [1.0, 100.0], [200.0, 0.0]);
        assert!(is_near(log.at(10.0), 100.0));
        let tail = Scale::new(Law::Tail, [0.0, 0.9999], [0.0, 400.0]);
        assert!(is_near(tail.at(0.99), 200.0));
    }

    #[test]
    fn what_lies_beyond_stands_at_the_end() {
        let log = Scale::new(Law::Log, [1.0, 100.0], [0.0, 50.0]);
        assert!(is_near(log.at(1e6), 50.0) && is_near(log.at(-3.0), 0.0) && is_near(log.at(f64::NAN), 0.0));
    }

    #[test]
    fn no_values_still_give_an_axis() {
        let none = Scale::around(Law::Log, [], [0.0, 50.0]);
        assert!(none.at(3.0).is_finite());
    }

    #[test]
    fn values_far_apart_ask_for_a_log_axis() {
        assert_eq!(Law::fitting([1.0, 7.0]), Law::Linear);
        assert_eq!(Law::fitting([1.0, 9.0]), Law::Log);
        assert_eq!(Law::fitting([1.0, 9.0, 0.0]), Law::Linear, "zero has a place on a linear axis alone");
        assert_eq!(Law::fitting([]), Law::Linear);
    }

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

    #[test]
    fn labels_with_room_stay() {
        assert_eq!(spread(&[50.0, 10.0], 12.0, [0.0, 100.0]), [50.0, 10.0]);
    }

    #[test]
    fn labels_that_would_touch_part_in_order() {
        assert_eq!(spread(&[50.0, 49.0, 51.0], 12.0, [0.0, 100.0]), [61.0, 49.0, 73.0]);
    }

    #[test]
    fn labels_at_the_edge_stay_inside() {
        assert_eq!(spread(&[99.0, 98.0], 12.0, [0.0, 100.0]), [100.0, 88.0]);
        assert_eq!(spread(&[-5.0], 12.0, [0.0, 100.0]), [0.0]);
    }

    #[test]
    fn too_many_labels_share_the_room() {
        let placed = spread(&[5.0; 11], 12.0, [0.0, 100.0]);
        assert!(placed.windows(2).all(|pair| (pair[1] - pair[0] - 10.0).abs() < 1e-9));
    }
}
