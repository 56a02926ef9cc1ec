//! What a run directory says: the rows and their verdicts, the curves, the costs, and the answer line by line.
//!
//! Invariant: a pure function of the run directory; the same directory gives the same analysis, byte for byte.

mod estimate;
mod evidence;
mod variants;

mod comparison;
mod contradiction;
mod controls;
mod notes;
mod row;
mod rows;

mod capacity;
mod chart;
mod costs;
mod herd;
mod map;
mod memory;
mod stalls;
mod topology;

mod appendix;
mod commands;

mod load;
mod readings;

mod heat;
mod languages;

mod answer;
mod overtaking;
mod sentences;
mod trust;

mod analyse;

pub use analyse::{Analysis, FORMAT, analyse, analyse_contents};
pub use answer::{Answer, AnswerLine, AnswerPart, LineKind, Situation};
pub use appendix::{Appendix, OrderEntry, PercentileCurve, SecondCurve, Step};
pub use capacity::{CapacityCell, CapacityTable, SearchEntry};
pub use chart::{Chart, Crossover, Curve, Point};
pub use comparison::{Difference, Standing};
pub(crate) use comparison::{advantage, margin};
pub use controls::{ControlCheck, VoidCount};
pub use costs::{CostCell, CostTable};
pub(crate) use costs::{Series, series};
pub(crate) use estimate::estimate as estimate_of;
pub use estimate::{Estimate, Interval};
pub use evidence::{EndedBy, Excluded};
pub use heat::{Cost, HeatCell, HeatRow};
pub use herd::HerdCosts;
pub(crate) use load::phrase;
pub use memory::MemorySlope;
pub use readings::Measure;
pub(crate) use readings::{BlockValue, Readings};
pub use row::{Outcome, PairValue, Row};
pub use stalls::StallCurve;
pub use topology::{OutageCosts, Scaling, Topologies, TopologyCosts, TopologyValue, topology_values};
pub use trust::Trust;
pub use variants::VariantEntry;
