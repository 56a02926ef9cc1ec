use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Serializer, V2DeflateSerializer},
};
use loadgen::result::{EXAMPLE_RUN, Held};
use report::{
    plan::{Role, Workload},
    results::{MemoryStep, PlacesUse, Run, Status},
};
use serde_json::{Value, json};

/// What a server is like in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Like {
    pub(crate) throughput_per_s: f64,
    pub(crate) cpu_us: f64,
    /// Latency over the delay of places.
    pub(crate) p50_us: f64,
    pub(crate) failed: u64,
    pub(crate) is_box_bound: bool,
    /// KiB per connection, idle.
    pub(crate) idle_kib: f64,
}

pub(crate) fn run(block: u32, variant: &str, workload: &Workload, started_unix_s: f64, like: &Like) -> Run {
    Run {
        line: block,
        format: "herd-run/3".to_owned(),
        block,
        position: 1,
        variant: variant.to_owned(),
        workload: workload.name.clone(),
        attempt: 1,
        is_resumed: false,
        started_unix_s,
        status: Status::Measured,
        slices: Vec::new(),
        command: ["loadgen", "run", "--target", "127.0.0.1:12000", "--closed"].map(str::to_owned).into(),
        server_command: ["target/release/herd", "serve", "Goloman"].map(str::to_owned).into(),
        waiting_cpu_share: 0.001,
        places: (workload.whatsat > 0).then_some(PlacesUse { requests: 1000, cpu_s: 0.4 }),
        memory: workload.steps.iter().flat_map(|step| memory(*step, like)).collect(),
        journal_dropped: None,
        herd: None,
        topology: None,
        loadgen: match workload.role {
            Role::Memory | Role::Topology => Value::Null,
            Role::Capacity => sweep(workload, block, like),
            Role::Race | Role::Map | Role::Rate | Role::Herd | Role::Farthest => loadgen(workload, block, like),
        },
    }
}

/// A search that found the throughput, as loadgen/README.md documents it.
fn sweep(workload: &Workload, block: u32, like: &Like) -> Value {
    let (holds, fails) = (like.throughput_per_s, like.throughput_per_s * 1.09);
    let probe = |rate_per_s: f64, note: &str| {
        json!({ "rate_per_s": rate_per_s, "connections": workload.connections, "repetition": 0, "seed": block, "note": note,
            "result": loadgen(workload, block, like) })
    };
    json!({
        "format": "loadgen-sweep/1", "loadgen_version": "0.1.0", "started_unix_s": 1.79e9, "seed": block, "repeat": 1,
        "drain_s": 0.3, "runs": [probe(holds, "holds"), probe(fails, "fails"), probe(fails, "fails")],
        "search": { "objective": "p99<=50ms,errors<=0.1%", "holds_per_s": holds, "fails_per_s": fails,
            "search_resolution": fails / holds, "wanted_resolution": 1.1, "limit": "server" },
        "interrupted": false, "error": null,
    })
}

/// A load generator's result as loadgen/README.md documents it.
pub(crate) fn loadgen(workload: &Workload, block: u32, like: &Like) -> Value {
    let window_s = 4.0;
    let completed = (like.throughput_per_s * window_s).round();
    let requests = completed + like.failed as f64;
    let delay_us = workload.places_delay_ms.unwrap_or(0.0) * 1e3 * f64::from(u8::from(workload.iamat == 0));
    let us = |factor: f64| json!({ "us": delay_us + like.p50_us * factor });
    with(json!({
        "plan": { "pace": "closed", "connections": workload.connections, "warmup_s": 1.0 },
        "trace_hash": format!("{:016x}", block),
        "verdict": { "line": "generator ok", "reasons": {
            "generator_limited": [], "box_bound": like.is_box_bound, "overloaded": null, "interrupted": false } },
        "window_s": window_s, "requests": whole(requests), "completed": whole(completed),
        "seen_in_time": whole(requests), "written_in_time": whole(requests),
        "throughput_per_s": completed / window_s, "offered_per_s": requests / window_s,
        "faults": { "wrong": 0, "short": 0, "refused": 0, "reset": 0, "closed": 0, "timed_out": like.failed, "unfinished": 0 },
        "latency": {
            "from_intended": {
                "count": whole(requests), "answered": 2_000,
                "percentiles": { "p50": us(1.0), "p75": us(1.4), "p90": us(2.0), "p99": us(6.0), "p99.9": null, "p99.99": null },
                "max": us(20.0), "hdr": hdr(delay_us, like.p50_us, 2_000),
            },
            "censored_ages": { "count": like.failed, "hdr": hdr(5e6, 1.0, like.failed) },
        },
        "seconds": (0..4).map(|second| json!({ "second": second, "due": whole(requests / 4.0), "completed": whole(completed / 4.0),
            "failed": 0, "p50_us": like.p50_us, "p99_us": like.p50_us, "max_us": like.p50_us })).collect::<Vec<_>>(),
        "busy": [0.5],
        "spent": { "client": { "user_s": 1.0, "system_s": 1.0, "total_s": 2.0 },
            "server": { "user_s": 0.25 * like.cpu_us * completed / 1e6, "system_s": 0.75 * like.cpu_us * completed / 1e6,
                "total_s": like.cpu_us * completed / 1e6 },
            "idle_share": if like.is_box_bound { 0.01 } else { 0.5 }, "steal_share": 0.0,
            "pressure": { "cpu_us": 1000, "io_us": 0, "memory_us": 0 } },
        "server": null,
        "stalls": { "before": null, "after": null },
    }))
}

/// The example of loadgen's documentation with these values in place of its own.
pub(crate) fn with(instead: Value) -> Value {
    let mut run = serde_json::from_str(EXAMPLE_RUN).unwrap();
    put(&mut run, instead);
    run
}

fn put(within: &mut Value, instead: Value) {
    match (within, instead) {
        (Value::Object(fields), Value::Object(instead)) => {
            for (name, value) in instead {
                put(fields.entry(name).or_insert(Value::Null), value);
            }
        }
        (within, instead) => *within = instead,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made-up counts are small and above zero")]
fn whole(number: f64) -> u64 {
    number as u64
}

/// A histogram with an exponential tail.
fn hdr(least_us: f64, scale_us: f64, count: u64) -> String {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
    for index in 0..count {
        let beyond = (index as f64 + 0.5) / count as f64;
        histogram.record(whole((least_us - scale_us * beyond.ln()) * 1e3) + 1).unwrap();
    }
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&histogram, &mut bytes).unwrap();
    STANDARD.encode(bytes)
}

fn memory(connections: u32, like: &Like) -> [MemoryStep; 2] {
    [(false, 1.0), (true, 1.3)].map(|(is_active, factor)| {
        let held = |kib: f64| Some(whole(f64::from(connections) * kib + 5_000.0));
        MemoryStep {
            connections,
            is_active,
            held: Held {
                rss_kib: held(2.0 * like.idle_kib),
                pss_kib: held(like.idle_kib * factor),
                threads: Some(1),
                descriptors: Some(1),
                kernel_stacks_kib: held(16.0),
                page_tables_kib: held(4.0),
                tcp_pages: None,
            },
            tcp_kib: 100,
        }
    })
}
