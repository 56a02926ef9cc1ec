use serde::Serialize;

use super::{
    interval::{Interval, Level},
    sample::SampleError,
    signed_rank::median,
};

/// The slope of y over x: the median of the slopes between each two points (Theil 1950; Sen, "Estimates of the regression
/// coefficient based on Kendall's tau", 1968).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TheilSen {
    /// In units of y per unit of x; points of the same x have no slope between them.
    pub slope: f64,
    /// Where the line meets x = 0, in units of y: the median of y minus the slope times the median of x (Conover).
    pub intercept: f64,
    #[serde(skip)]
    ascending: Vec<f64>,
    #[serde(skip)]
    points: usize,
}

/// What does not give a slope.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SlopeError {
    /// No two points differ in x.
    #[error("a slope needs points at two places at least: measure at more steps")]
    NoTwoPlaces,
    /// A coordinate, or a slope, is not finite; or there are too many points.
    #[error(transparent)]
    Sample(#[from] SampleError),
}

impl TheilSen {
    /// Pairs of x and y: at most 100, finite, with two different x at least.
    pub fn of(points: &[(f64, f64)]) -> Result<Self, SlopeError> {
        let x = super::Sample::new(points.iter().map(|point| point.0).collect())?;
        let y = super::Sample::new(points.iter().map(|point| point.1).collect())?;
        let ascending = slopes(points)?;
        if ascending.is_empty() {
            return Err(SlopeError::NoTwoPlaces);
        }
        let slope = median(&ascending);
        let intercept = median(y.ascending()) - slope * median(x.ascending());
        Ok(Self { slope, intercept, ascending, points: points.len() })
    }

    /// Sen's interval of the slope by the exact distribution of Kendall's tau; `None` where so few points cannot reach
    /// the level, and where points share their x.
    #[must_use]
    pub fn interval(&self, level: Level) -> Option<Interval> {
        if self.ascending.len() != self.points * (self.points - 1) / 2 {
            return None;
        }
        let cumulated = inversions_at_most(self.points);
        let rank = cumulated.iter().take_while(|&&outside| 2.0 * outside <= level.alpha()).count();
        let outside = cumulated.get(rank.checked_sub(1)?)?;
        Some(Interval {
            lower: self.ascending[rank - 1],
            upper: self.ascending[self.ascending.len() - rank],
            achieved: 1.0 - 2.0 * outside,
        })
    }
}

fn slopes(points: &[(f64, f64)]) -> Result<Vec<f64>, SampleError> {
    let mut slopes = Vec::new();
    for (index, one) in points.iter().enumerate() {
        for other in &points[index + 1..] {
            let run = other.0 - one.0;
            if run != 0.0 {
                slopes.push((other.1 - one.1) / run + 0.0);
            }
        }
    }
    slopes.sort_by(f64::total_cmp);
    match slopes.iter().find(|slope| !slope.is_finite()) {
        Some(&slope) => Err(SampleError::NotFinite(slope)),
        None => Ok(slopes),
    }
}

/// The probabilities that a random order of so many points has at most 0, 1, 2, ... inversions: the k-th point adds 0 to
/// k - 1 of them, all as likely.
fn inversions_at_most(points: usize) -> Vec<f64> {
    let mut probabilities = vec![1.0];
    for placed in 2..=points {
        let mut next = vec![0.0; probabilities.len() + placed - 1];
        for (inversions, probability) in probabilities.iter().enumerate() {
            for cell in &mut next[inversions..inversions + placed] {
                *cell += probability / placed as f64;
            }
        }
        probabilities = next;
    }
    let mut below = 0.0;
    for probability in &mut probabilities {
        below += *probability;
        *probability = below;
    }
    probabilities
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these results are free of rounding")]
mod tests {
    use super::*;

    #[test]
    fn one_wild_point_moves_nothing() {
        // Memory in KiB at 1,000 to 5,000 connections, 8 KiB each, one of them 100 MiB off.
        let points = [(1e3, 8e3), (2e3, 16e3), (3e3, 126_400.0), (4e3, 32e3), (5e3, 40e3)];
        let line = TheilSen::of(&points).unwrap();
        assert_eq!((line.slope, line.intercept), (8.0, 8000.0));
    }

    #[test]
    fn sens_interval_by_hand() {
        // Of the 24 orders of four points one has no inversion and three have one: 2/24 and 8/24 outside.
        let line = TheilSen::of(&[(0.0, 0.0), (1.0, 1.0), (2.0, 4.0), (3.0, 9.0)]).unwrap();
        // Slopes 1, 3, 5, 2, 4, 3.
        assert_eq!(line.slope, 3.0);
        assert_eq!(line.interval(Level::NINETY_FIVE), None);
        let interval = line.interval(Level::NINETY).unwrap();
        assert_eq!((interval.lower, interval.upper), (1.0, 5.0));
        assert!((interval.achieved - 22.0 / 24.0).abs() < 1e-15);
        let narrower = line.interval(Level::leaving(0.34).unwrap()).unwrap();
        assert_eq!((narrower.lower, narrower.upper), (2.0, 4.0));
    }

    #[test]
    fn points_at_one_place_have_no_slope() {
        assert_eq!(TheilSen::of(&[(1.0, 1.0), (1.0, 2.0)]), Err(SlopeError::NoTwoPlaces));
        assert_eq!(TheilSen::of(&[]), Err(SlopeError::Sample(SampleError::Empty)));
        let line = TheilSen::of(&[(1.0, 1.0), (1.0, 2.0), (2.0, 3.0)]).unwrap();
        assert_eq!(line.slope, 1.5);
        assert_eq!(line.interval(Level::NINETY), None);
    }
}
