//! What a run directory says: the rows and their verdicts, the curves, the costs, and the answer in three sentences.
//!
//! Invariant: a pure function of the run directory; the same directory gives the same analysis, byte for byte.

mod model;

mod answer;
mod appendix;
mod capacity;
mod cost;
mod curve;
mod estimate;
mod row;
mod trust;

mod analyse;

mod evidence;
mod series;

mod verdicts;

mod capacities;
mod charts;
mod costs;
mod herd;
mod little;
mod memory;
mod naming;
mod stalls;
mod steady;

mod appended;
mod belief;
mod sentences;

pub use analyse::{analyse, analyse_contents};
pub use answer::{Answer, Situation};
pub use appendix::{Appendix, Excluded, OrderEntry, PercentileCurve, SecondCurve, Step};
pub use capacity::{CapacityCell, CapacityTable, EndedBy, SearchEntry};
pub use cost::{CostCell, CostTable, HerdCosts, MemorySlope};
pub use curve::{Chart, Crossover, Curve, Point};
pub use estimate::{Estimate, Interval};
pub(crate) use evidence::estimate as estimate_of;
pub use model::{Analysis, FORMAT, VariantEntry};
pub use row::{Difference, Outcome, PairValue, Row, Standing};
pub(crate) use series::{Series, series};
pub use trust::{StallCurve, Trust, TwinCheck};
pub(crate) use verdicts::{advantage, margin};
