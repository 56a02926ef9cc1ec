//! What the made-up comparison compares, and where.

use report::{
    plan::{Margins, Pace, Placement, Plan, Role, Workload},
    results::{Machine, Manifest, Participant, Participation, Wakeups},
};
use serde_json::json;

use crate::noise::BLOCKS;

/// Name, label, language, how fast it is, and its colour.
pub(crate) const VARIANTS: [(&str, &str, &str, f64, u32); 10] = [
    ("herd-threads", "threads", "Rust", 1.0, 0),
    ("herd-tasks", "tasks", "Rust", 1.12, 1),
    ("herd-threads-twin", "control", "Rust", 1.0, 2),
    ("herd-tasks-current-thread", "tasks-1", "Rust", 0.78, 3),
    ("java-platform", "java", "Java", 0.74, 4),
    ("java-virtual", "java-virtual", "Java", 0.69, 5),
    ("node", "node", "Node.js", 0.36, 6),
    ("python-asyncio", "asyncio", "Python", 0.105, 7),
    ("python-threads", "python-threads", "Python", 0.052, 8),
    ("python-uvloop", "uvloop", "Python", 0.19, 9),
];

/// Name, situation, connections, delay of places in ms, replies a second of threads, what tasks do relative to the usual.
pub(crate) type Race = (&'static str, Option<&'static str>, u32, f64, f64, f64);

/// The races; those with a situation have a primary row.
pub(crate) const RACES: [Race; 8] = [
    ("w1-closed", Some("a few busy connections"), 50, 0.0, 104_000.0, 0.82),
    ("w1-many", Some("a thousand busy connections"), 1_000, 0.0, 88_000.0, 1.16),
    ("w2", Some("waiting 50 ms for another service"), 1_000, 50.0, 19_400.0, 0.895),
    ("w3", Some("10,000 idle connections, 100 busy"), 100, 0.0, 71_000.0, 1.3),
    ("w4", Some("a connection for every request"), 100, 0.0, 14_200.0, 1.62),
    ("w5", None, 50, 0.0, 310_000.0, 0.9),
    ("w1-tell", None, 50, 0.0, 121_000.0, 0.89),
    ("w1-ask", None, 50, 0.0, 64_000.0, 0.88),
];
/// The manifest.
pub(crate) fn manifest() -> Manifest {
    Manifest {
        format: "herd-comparison/1".to_owned(),
        report_version: "0.1.0".to_owned(),
        started_unix_s: 1_790_000_000.0,
        commit: Some("ff938df0c1a2b3c4d5e6f708192a3b4c5d6e7f80".to_owned()),
        command: ["report", "compare", "--plan", "standard"].map(str::to_owned).into(),
        plan: plan(),
        participants: VARIANTS.iter().map(participant).collect(),
        machine: Machine {
            processor: "AMD EPYC 7B13".to_owned(),
            hypervisor: Some("KVM".to_owned()),
            processors: 2,
            memory_kib: 8_146_432,
            kernel: "6.1.0-28-cloud-amd64".to_owned(),
            system: "Debian GNU/Linux 12 (bookworm)".to_owned(),
            limits: [("nofile", "1048576"), ("pid_max", "4194304"), ("ip_local_port_range", "32768 60999")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            load_average: 0.08,
            stalls: None,
        },
        wakeups: Some(Wakeups { same_us: 5.1, across_us: Some(46.2), free_us: 38.7 }),
        warnings: Vec::new(),
    }
}

/// Read as a file would be: what is not told has its default.
fn participant(one: &(&str, &str, &str, f64, u32)) -> Participant {
    let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    serde_json::from_value(json!({
        "name": one.0,
        "language": one.2,
        "model": "as its variant file says",
        "version": "1.95.0",
        "hashes": [[format!("bin/{}", one.0), hash]],
        "participation": Participation::Takes,
    }))
    .unwrap()
}

/// As `participant`.
fn plan() -> Plan {
    let situations = RACES.iter().filter(|race| race.1.is_some());
    let contrast =
        |race: &Race| json!({"workload": race.0, "metric": "throughput", "a": "herd-tasks", "b": "herd-threads"});
    serde_json::from_value(json!({
        "name": "standard",
        "about": "All workloads but the herd, ten blocks, and the map; under 50 minutes.",
        "seed": 1,
        "blocks": BLOCKS,
        "warmup_s": 10.0,
        "measure_s": 6.0,
        "placement": Placement::Free,
        "variants": VARIANTS.map(|one| one.0),
        "threads": "herd-threads",
        "tasks": "herd-tasks",
        "twin": "herd-threads-twin",
        "margins": Margins { throughput: 0.05, cpu: 0.05, latency: 0.1 },
        "repeats": 8,
        "workload": RACES.iter().map(workload).collect::<Vec<_>>(),
        "primary": situations.map(contrast).collect::<Vec<_>>(),
    }))
    .unwrap()
}

fn workload(race: &Race) -> Workload {
    Workload {
        name: race.0.to_owned(),
        role: Role::Race,
        about: format!("{}, tells and asks mixed", race.0),
        situation: race.1.map(str::to_owned),
        variants: Vec::new(),
        connections: race.2,
        idle: if race.0 == "w3" { 10_000 } else { 0 },
        depth: 1,
        requests_per_connection: (race.0 == "w4").then_some(1),
        pace: Pace::Closed,
        iamat: 9,
        whatsat: 1,
        places_delay_ms: Some(race.3),
        measure_s: None,
        workers: 1,
        blocks: None,
        steps: Vec::new(),
        idle_alone: false,
        herd: false,
        objective: None,
        topology: None,
    }
}
