//! A value over the blocks, with its interval.

use serde::{Deserialize, Serialize};

use crate::{
    format::{Ends, Quantity, Unit},
    stats::{self, Bound, CensoredMedian, Level, censored_median},
};

/// One variant's value over the blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Median over the blocks, in the unit of its row, axis or column.
    pub median: f64,
    /// Whether the median is only known to be at least so much (failed requests decide it).
    pub is_at_least: bool,
    /// Exact order-statistic interval; none where the blocks are too few for it.
    pub interval: Option<Interval>,
    /// Blocks that it is from.
    pub blocks: u32,
    /// The raw files, paths from the run directory.
    pub sources: Vec<String>,
}

/// An interval of confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end; none where failed requests leave it open.
    pub high: Option<f64>,
    /// Its level as asked for: 0.95, or 1 - 0.05/m for a primary row.
    pub level: f64,
}

impl Estimate {
    /// The value with its interval: `112.3k/s [110.1k, 114.9k]`, `≥ 5.0 s [4.0, ∞]`.
    #[must_use]
    pub fn figure(&self, unit: Unit) -> String {
        let value = self.value(unit);
        self.ends(unit).map_or_else(|| value.clone(), |ends| format!("{value} {ends}"))
    }

    /// The value alone, with the digits that its interval bears.
    #[must_use]
    pub fn value(&self, unit: Unit) -> String {
        let least = if self.is_at_least { "≥ " } else { "" };
        format!("{least}{}", Quantity::Amount(unit).value(self.median, self.interval.map(Interval::ends)))
    }

    /// The interval alone, as beside the value.
    #[must_use]
    pub fn ends(&self, unit: Unit) -> Option<String> {
        self.interval.map(|interval| Quantity::Amount(unit).interval(self.median, interval.ends()))
    }
}

impl Interval {
    /// Its ends as they are written.
    #[must_use]
    pub fn ends(self) -> Ends {
        [self.low, self.high.unwrap_or(f64::INFINITY)]
    }

    /// As an interval of logarithms, where it is one of ratios.
    pub(crate) fn of_logs(self) -> stats::Interval {
        let [lower, upper] = self.ends().map(f64::ln);
        stats::Interval { lower, upper, achieved: self.level }
    }
}

/// The median over blocks with its order-statistic interval at 95 %. None without blocks, and where nothing bounds the
/// median from below.
pub(crate) fn estimate(blocks: &[(Bound, String)]) -> Option<Estimate> {
    let bounds: Vec<Bound> = blocks.iter().map(|(bound, _)| *bound).collect();
    let (median, is_at_least) = match censored_median(&bounds).ok()? {
        Bound::Exactly(median) => (median, false),
        Bound::AtLeast(median) => (median, true),
        Bound::AtMost(_) | Bound::Unknown => return None,
    };
    Some(Estimate {
        median,
        is_at_least,
        interval: interval(&bounds),
        blocks: u32::try_from(bounds.len()).ok()?,
        sources: blocks.iter().map(|(_, source)| source.clone()).collect(),
    })
}

/// The same of blocks whose value comes from more than one file.
pub(super) fn pooled(blocks: &[(Bound, Vec<String>)]) -> Option<Estimate> {
    let bare: Vec<_> = blocks.iter().map(|(bound, _)| (*bound, String::new())).collect();
    let sources = blocks.iter().flat_map(|(_, sources)| sources.clone()).collect();
    Some(Estimate { sources, ..estimate(&bare)? })
}

/// An end that is open downward is at 0, below which none of these values lies.
fn interval(bounds: &[Bound]) -> Option<Interval> {
    let median = CensoredMedian::of(bounds, Level::NINETY_FIVE).ok()??;
    let (lower, upper) = (median.interval.lower, median.interval.upper);
    Some(Interval {
        low: if lower.is_finite() { lower } else { 0.0 },
        high: upper.is_finite().then_some(upper),
        level: Level::NINETY_FIVE.coverage(),
    })
}
