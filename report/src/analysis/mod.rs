//! What a run directory says: the rows and their verdicts, the curves, the costs, and the answer in three sentences.
//!
//! Invariant: a pure function of the run directory; the same directory gives the same analysis, byte for byte.

mod answer;
mod appendix;
mod cost;
mod curve;
mod estimate;
mod model;
mod row;
mod trust;

mod analyse;
mod appended;
mod belief;
mod charts;
mod costs;
mod evidence;
mod little;
mod memory;
mod naming;
mod sentences;
mod steady;
mod verdicts;

pub use analyse::analyse;
pub use answer::{Answer, Situation};
pub use appendix::{Appendix, Excluded, OrderEntry, PercentileCurve, SecondCurve, Step};
pub use cost::{CostCell, CostTable, MemorySlope};
pub use curve::{Chart, Crossover, Curve, Point};
pub use estimate::{Estimate, Interval};
pub use model::{Analysis, FORMAT, VariantEntry};
pub use row::{Outcome, PairValue, Row, Standing};
pub use trust::{StallCurve, Trust, TwinCheck};
