use serde::{Deserialize, Serialize};

use super::{Document, RunResult};

/// What `loadgen sweep --json` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepResult {
    /// [`SweepResult::FORMAT`].
    pub format: String,
    /// The version of the package that wrote it.
    pub loadgen_version: String,
    /// When the sweep began, in seconds since 1970.
    pub started_unix_s: f64,
    /// What everything random was drawn from.
    pub seed: u64,
    /// How often each combination was to be run.
    pub repeat: u32,
    /// The pause between two runs, in seconds.
    pub drain_s: f64,
    /// The runs in the order in which they were made.
    pub runs: Vec<SweepRun>,
    /// What the search for a capacity found; none where none was asked for.
    pub search: Option<SearchResult>,
    /// Whether somebody ended it early.
    pub interrupted: bool,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

impl Document for SweepResult {
    const FORMAT: &'static str = "loadgen-sweep/1";
}

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepRun {
    /// Requests a second that were asked for; none in a closed loop.
    pub rate_per_s: Option<f64>,
    /// Connections that carried load.
    pub connections: u32,
    /// From 0; in a search, of the same rate.
    pub repetition: u32,
    /// The run's own seed.
    pub seed: u64,
    /// What is to be known of it, in a word: in a search `holds`, `fails` or why neither can be said.
    pub note: String,
    /// Its whole result.
    pub result: RunResult,
}

/// The search for the highest rate that keeps an objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchResult {
    /// The conditions, such as `p99<=50ms,errors<=0.1%`.
    pub objective: String,
    /// The highest rate that held, in requests a second.
    pub holds_per_s: Option<f64>,
    /// The lowest rate that failed, in requests a second.
    pub fails_per_s: Option<f64>,
    /// The ratio of the two.
    pub search_resolution: Option<f64>,
    /// The ratio at which the search ends.
    pub wanted_resolution: f64,
    /// Why the search ended.
    pub limit: Limit,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// A rate that holds and one that fails lie within the search resolution.
    Server,
    /// The generator was the limit, twice at the same rate.
    Generator,
    /// A run had too few samples for the objective's percentile.
    Samples,
    /// No rate that was tried failed, or none held.
    Range,
    /// Somebody ended it.
    Interrupted,
    /// A run could not be carried out.
    Failed,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::{EXAMPLE_RUN, from_value, parse},
        *,
    };

    #[test]
    fn what_is_read_and_written_again_is_the_same() {
        let run: Value = serde_json::from_str(EXAMPLE_RUN).unwrap();
        let document = json!({
            "format": "loadgen-sweep/1", "loadgen_version": "0.1.0", "started_unix_s": 1.5, "seed": 3, "repeat": 1,
            "drain_s": 1.0,
            "runs": [
                { "rate_per_s": 9.0, "connections": 5, "repetition": 0, "seed": 3, "note": "holds", "result": run },
                { "rate_per_s": null, "connections": 5, "repetition": 1, "seed": 4, "note": "", "result": run },
            ],
            "search": {
                "objective": "p99<=50ms", "holds_per_s": 9.0, "fails_per_s": null, "search_resolution": null,
                "wanted_resolution": 1.1, "limit": "samples",
            },
            "interrupted": false, "error": null,
        });
        let text = serde_json::to_string_pretty(&document).unwrap();
        let sweep: SweepResult = parse(text.as_bytes()).unwrap();
        assert_eq!(sweep.search.as_ref().unwrap().limit, Limit::Samples);
        assert_eq!(serde_json::to_string_pretty(&sweep).unwrap(), text);

        let mut bare = document;
        bare["search"] = json!(null);
        bare["error"] = json!("no route");
        let sweep: SweepResult = from_value(&bare).unwrap();
        assert_eq!(serde_json::to_value(&sweep).unwrap(), bare);
    }
}
