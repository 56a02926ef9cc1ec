use loadgen::result::Stalls;
use serde::{Deserialize, Serialize};

/// `end.json`: what was found after the last block. A comparison without it is not complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// `herd-end/1`.
    pub format: String,
    /// When the last run had ended.
    pub ended_unix_s: f64,
    /// Load average of the last minute.
    pub load_average: f64,
    /// The spin probe after the last block, as `loadgen` writes it; `null` where none was made.
    pub stalls: Option<Stalls>,
}

impl End {
    /// What `format` says.
    pub const FORMAT: &str = "herd-end/1";
}
