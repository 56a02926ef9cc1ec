use serde::{Deserialize, Serialize};

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
