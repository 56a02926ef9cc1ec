use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{
    ConnectionCounts, Document, Faults, HeldDuringRun, KnownTimes, Latency, LatencyByOrigin, RunPlan, SecondRow,
    SlowAnswer, Spent, StallProbes, Verdict, latency::is_default,
};

/// A whole document of `loadgen run`, of a server of a herd, as an example.
pub const EXAMPLE_RUN: &str = include_str!("example-run.json");

/// What `loadgen run --json` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// [`RunResult::FORMAT`].
    pub format: String,
    /// The version of the package that wrote it.
    pub loadgen_version: String,
    /// When the run began, in seconds since 1970.
    pub started_unix_s: f64,
    /// What was asked for.
    pub plan: RunPlan,
    /// FNV-1a of the first 10,000 requests, 16 hexadecimal digits.
    pub trace_hash: String,
    /// What the generator says of itself.
    pub verdict: VerdictWithLine,
    /// Length of the window as measured, in seconds.
    pub window_s: f64,
    /// Requests whose intended start lies in the window, answered or not.
    pub requests: u64,
    /// Those of them that were seen within it.
    pub seen_in_time: u64,
    /// Those of them that were written within it.
    pub written_in_time: u64,
    /// Right replies within the window, whenever they were asked for.
    pub completed: u64,
    /// Requests that were due, a second.
    pub offered_per_s: f64,
    /// Right replies a second.
    pub throughput_per_s: f64,
    /// Failed requests by kind.
    pub faults: Faults,
    /// What happened to connections.
    pub connections: ConnectionCounts,
    /// Right replies over the whole run, to idle connections and before the load too.
    pub replies: u64,
    /// Bytes read over the whole run.
    pub bytes_in: u64,
    /// Latencies of the requests of the window.
    pub latency: LatencyByOrigin,
    /// Intended start until seen: the generator's own fault.
    pub wake_lag: KnownTimes,
    /// Seen until written: the wait for a place on the connection, or for the connection.
    #[serde(default, skip_serializing_if = "is_default")]
    pub connection_wait: KnownTimes,
    /// From the dial until the connection stands.
    #[serde(default, skip_serializing_if = "is_default")]
    pub connect: KnownTimes,
    /// From the dial until the connection's first right reply.
    #[serde(default, skip_serializing_if = "is_default")]
    pub first_reply: KnownTimes,
    /// The ten slowest answers, the slowest first.
    pub slowest: Vec<SlowAnswer>,
    /// The first wrong replies and farewells, with why, escaped.
    pub kept_replies: Vec<String>,
    /// Whether other servers came to hold what was acknowledged, in the order of `--converge`.
    #[serde(default)]
    pub settled: Vec<Convergence>,
    /// From the intended start until an update was seen at the fake peer.
    pub seen_at_seat: Option<Latency>,
    /// The window second by second.
    pub seconds: Vec<SecondRow>,
    /// Each worker's share of the window that it was not waiting.
    pub busy: Vec<f64>,
    /// Processor time and stalls in the window.
    pub spent: Spent,
    /// What the server held, where its process is known.
    pub server: Option<HeldDuringRun>,
    /// What the generator reaches against a null server; none where that is not known.
    pub ceiling: Option<CeilingShare>,
    /// How long the machine stood still by itself.
    pub stalls: StallProbes,
}

impl Document for RunResult {
    const FORMAT: &'static str = "loadgen-run/1";
}

/// A verdict, and the line that tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictWithLine {
    /// The first line of the summary.
    pub line: String,
    /// What it is made of.
    pub reasons: Verdict,
}

/// Whether one server came to hold all that had been acknowledged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// Its client address.
    pub server: SocketAddr,
    /// From the end of the load until it had shown the newest acknowledged record of every client, or newer, in seconds;
    /// none where it did not in time. The questions take their time too.
    pub after_s: Option<f64>,
    /// Clients of which it did not.
    pub missing: usize,
    /// What kept us from asking on, if anything did.
    pub error: Option<String>,
}

/// The ceiling of a shape of load, and what of it a run reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CeilingShare {
    /// Right replies a second of a null server.
    pub throughput_per_s: f64,
    /// The run's throughput as a share of it.
    pub share: Option<f64>,
    /// When it was measured, in seconds since 1970.
    pub measured_unix_s: f64,
    /// What was asked of the null server, and how it answered.
    pub of: String,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::from_value, *};

    fn example() -> Value {
        serde_json::from_str(EXAMPLE_RUN).unwrap()
    }

    /// Reads a document and writes it again. As text, so that the order of keys counts.
    fn rewritten(document: &Value) -> String {
        let run: RunResult = from_value(document).unwrap();
        serde_json::to_string_pretty(&run).unwrap()
    }

    #[test]
    fn what_is_read_and_written_again_is_the_same_text() {
        assert_eq!(rewritten(&example()) + "\n", EXAMPLE_RUN);
    }

    #[test]
    fn every_kind_of_value_is_written_as_it_was_read() {
        for (pointer, instead) in [
            ("/latency/from_intended/percentiles/p99.9", json!({ "at_least_us": 5_000_000.0 })),
            ("/latency/from_intended/max", json!(null)),
            ("/plan/workload", json!({ "raw_lines": 3, "expect": "^OK" })),
            ("/plan/pace", json!("closed")),
            ("/plan/rate_per_s", json!(null)),
            ("/plan/arrivals", json!("constant")),
            ("/plan/abort_if_behind_s", json!(1.5)),
            ("/verdict/reasons/overloaded", json!("too many waited")),
            ("/settled", json!([{ "server": "127.0.0.1:7", "after_s": null, "missing": 2, "error": "closed" }])),
            ("/seen_at_seat", json!(null)),
            ("/spent/server", json!(null)),
            ("/spent/pressure", json!(null)),
            ("/server", json!(null)),
            ("/server/end/pss_kib", json!(null)),
            ("/ceiling", json!({ "throughput_per_s": 9.0, "share": 0.5, "measured_unix_s": 1.0, "of": "IAMAT" })),
            (
                "/stalls/before",
                json!({ "processors": 2, "probe_ms": 9.0, "stalls": 1, "share": 0.1, "longest_us": 200.0, "lengths_us": [200.0] }),
            ),
        ] {
            let mut document = example();
            *document.pointer_mut(pointer).expect(pointer) = instead;
            assert_eq!(rewritten(&document), serde_json::to_string_pretty(&document).unwrap(), "{pointer}");
        }
    }

    #[test]
    fn a_field_that_is_missing_or_of_another_type_is_damage() {
        for (pointer, key) in
            [("", "latency"), ("/latency", "from_intended"), ("/faults", "wrong"), ("/verdict", "reasons")]
        {
            let mut document = example();
            document.pointer_mut(pointer).unwrap().as_object_mut().unwrap().shift_remove(key);
            let error = from_value::<RunResult>(&document).expect_err(key).to_string();
            assert!(error.contains(&format!("missing field `{key}`")), "{error}");
        }
        let mut document = example();
        document["completed"] = json!(-1);
        assert!(from_value::<RunResult>(&document).is_err());
    }
}
