use serde::Serialize;

/// From `lower` to `upper`, both within, with the level that it truly has.
///
/// The ends are finite, except where censored values leave one open: then it is infinite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// In the unit of the sample.
    pub lower: f64,
    /// In the unit of the sample; at least `lower`.
    pub upper: f64,
    /// The level of the exact test that it inverts, as a share: at least the level that was asked for, and above it as far
    /// as so few blocks are coarse.
    pub achieved: f64,
}

impl Interval {
    /// Whether the value lies within; the ends do.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Whether all of it lies above the value.
    #[must_use]
    pub fn is_above(&self, value: f64) -> bool {
        self.lower > value
    }

    /// Whether all of it lies nearer to zero than `bound`, or as near.
    #[must_use]
    pub fn is_within(&self, bound: f64) -> bool {
        -bound <= self.lower && self.upper <= bound
    }

    /// The distance from zero of what lies farthest from it.
    #[must_use]
    pub fn farthest(&self) -> f64 {
        self.lower.abs().max(self.upper.abs())
    }

    /// The same interval seen from the other side: of the reference against the measure.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self { lower: -self.upper, upper: -self.lower, achieved: self.achieved }
    }
}
