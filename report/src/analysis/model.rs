use serde::{Deserialize, Serialize};

use super::{Answer, Appendix, CapacityTable, Chart, CostTable, HerdCosts, MemorySlope, Row, Trust};
use crate::results::Manifest;

/// The schema of `report.json`.
pub const FORMAT: &str = "herd-report/1";

/// All that a page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// [`FORMAT`].
    pub format: String,
    /// The manifest, whole.
    pub manifest: Manifest,
    /// Every variant of the plan, with what may be drawn of it.
    pub variants: Vec<VariantEntry>,
    /// Section 1.
    pub answer: Answer,
    /// Section 2.
    pub trust: Trust,
    /// Section 3, in the order of the plan: primary rows first; and section 7, rows of the rivals against `threads`.
    pub rows: Vec<Row>,
    /// Section 4: capacity against connections, one for each delay; empty where the plan has no map.
    pub map: Vec<Chart>,
    /// Section 4 by processor time: replies per second of the server's processor time.
    pub map_by_cpu: Vec<Chart>,
    /// Section 4: the highest rates at which an objective is kept; empty where the plan searches for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capacity: Vec<CapacityTable>,
    /// Section 5 (and section 7 for the rivals).
    pub costs: Vec<CostTable>,
    /// Section 5.
    pub memory: Vec<MemorySlope>,
    /// Section 5: the herd; empty where the plan has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub herd: Vec<HerdCosts>,
    /// Section 6: latency against offered rate; empty where the plan has no rates.
    pub latency: Vec<Chart>,
    /// Section 8.
    pub appendix: Appendix,
}

/// A variant as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantEntry {
    /// Its name.
    pub name: String,
    /// A short name for pictures: "threads", "tasks", "asyncio".
    pub label: String,
    /// Index of its colour and mark, the same on every picture and page: fixed for the project's own variants, then by
    /// name.
    pub colour: u32,
    /// Whether it is a rival: not one of the plan's `threads`, `tasks`, `twin`.
    pub is_rival: bool,
    /// Why it has no values: "not run: ..."; else empty.
    pub why: String,
}
