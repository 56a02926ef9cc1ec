use super::{pen::text_width, ticks};

/// How values become lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// Equal differences, from zero.
    Linear,
    /// Equal ratios.
    Log,
    /// Equal factors of what is left to 1: 0.9, 0.99, 0.999.
    Tail,
}

impl Law {
    /// Linear where the values are within a factor of eight of each other, else logarithmic.
    pub(crate) fn fitting(values: impl IntoIterator<Item = f64> + Clone) -> Self {
        let positive = values.into_iter().filter(|value| *value > 0.0 && value.is_finite());
        let (low, high) =
            positive.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        if high > low * 8.0 { Self::Log } else { Self::Linear }
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
pub(crate) struct Scale {
    law: Law,
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// From `low` at the coordinate `start` to `high` at `end`.
    pub(crate) fn new(law: Law, [low, high]: [f64; 2], [start, end]: [f64; 2]) -> Self {
        let (low, high) = if low.is_finite() && high > low { (low, high) } else { (1.0, 2.0) };
        Self { law, low, high, start, end }
    }

    /// As `new`, for values that are to stand inside: from zero, or between with some room at both ends.
    pub(crate) fn around(law: Law, values: impl IntoIterator<Item = f64>, span: [f64; 2]) -> Self {
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
    pub(crate) fn at(&self, value: f64) -> f64 {
        let [low, high, value] = [self.low, self.high, value].map(|value| self.law.apply(value));
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        self.start + (self.end - self.start) * if share.is_finite() { share } else { 0.0 }
    }

    /// Whether a value lies between the ends.
    pub(crate) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Those of these ticks whose texts do not touch, the first ones before the later ones.
    pub(crate) fn legible(&self, ticks: Vec<f64>, write: impl Fn(f64) -> String) -> Vec<f64> {
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
    pub(crate) fn ticks(&self, most: usize) -> Vec<f64> {
        match self.law {
            Law::Linear => ticks::linear(self.low, self.high, most),
            Law::Log => ticks::log(self.low, self.high, most),
            Law::Tail => [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999].into_iter().filter(|q| self.holds(*q)).collect(),
        }
    }
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
        assert_eq!(Law::fitting([1.0, 9.0, 0.0]), Law::Log);
        assert_eq!(Law::fitting([]), Law::Linear);
    }
}
