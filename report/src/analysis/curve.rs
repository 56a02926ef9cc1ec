use serde::{Deserialize, Serialize};

use super::Estimate;

/// One line chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// Unique on the page.
    pub id: String,
    /// What it shows, in one sentence that stands alone.
    pub title: String,
    /// Name of the horizontal axis with its unit.
    pub x_title: String,
    /// Name of the vertical axis with its unit.
    pub y_title: String,
    /// One line for each variant (and percentile).
    pub curves: Vec<Curve>,
    /// Where one variant overtakes another.
    pub crossovers: Vec<Crossover>,
    /// What a reader must know beside it, such as cells in which the delay alone sets the rate.
    pub notes: Vec<String>,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The variant's name.
    pub variant: String,
    /// What of it, where a chart shows several: "p50", "p90", "p99"; else empty.
    pub part: String,
    /// Ascending in x.
    pub points: Vec<Point>,
}

/// One point with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Connections, or requests a second.
    pub x: f64,
    /// The value; none where it was not measured, with the reason.
    pub y: Option<Estimate>,
    /// Why there is no value: "limit: threads", "n/a: too few samples"; else empty.
    pub why: String,
}

/// Where the better of two variants changes between two neighbouring points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossover {
    /// Better below.
    pub below: String,
    /// Better above.
    pub above: String,
    /// The last x at which `below` is shown to be better, and the first at which `above` is.
    pub between: [f64; 2],
}
