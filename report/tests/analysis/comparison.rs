use std::collections::BTreeMap;

use loadgen::result::Stalls;
use report::{
    analysis::{Analysis, Row, analyse},
    plan::{Contrast, Gates, Margins, Metric, Pace, Placement, Plan, Role, Workload},
    results::{Machine, Manifest, Participant, Participation, Run, ServerRun, Switches},
};

use crate::{
    noise::Noise,
    run::{Like, run},
};

pub(crate) const THREADS: &str = "herd-threads";
pub(crate) const TASKS: &str = "herd-tasks";
pub(crate) const CONTROL: &str = "herd-threads-twin";
pub(crate) const NODE: &str = "node";

/// A made-up comparison: a run directory in memory.
#[derive(Clone)]
pub(crate) struct Comparison {
    pub(crate) manifest: Manifest,
    pub(crate) runs: Vec<Run>,
    pub(crate) server_runs: Vec<ServerRun>,
}

/// A server as the made-up truth has it, without noise.
pub(crate) type Truth<'a> = &'a dyn Fn(&Workload, &str) -> Like;

pub(crate) fn race(name: &str, situation: &str) -> Workload {
    Workload {
        name: name.to_owned(),
        role: Role::Race,
        about: format!("made up for {name}"),
        situation: Some(situation.to_owned()),
        variants: Vec::new(),
        connections: 50,
        idle: 0,
        depth: 1,
        requests_per_connection: None,
        pace: Pace::Closed,
        iamat: 1,
        whatsat: 1,
        places_delay_ms: Some(0.0),
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

/// A search for what keeps p99 below 50 ms.
pub(crate) fn capacity(name: &str) -> Workload {
    let objective = Some("p99<=50ms,errors<=0.1%".to_owned().try_into().unwrap());
    Workload { role: Role::Capacity, pace: Pace::RatePerS(16_000.0), situation: None, objective, ..race(name, "") }
}

pub(crate) fn contrast(workload: &str, metric: Metric) -> Contrast {
    Contrast { workload: workload.to_owned(), metric, a: THREADS.to_owned(), b: TASKS.to_owned() }
}

pub(crate) fn plan(blocks: u32, workload: Vec<Workload>, primary: Vec<Contrast>) -> Plan {
    Plan {
        name: "made-up".to_owned(),
        about: "Not measured.".to_owned(),
        seed: 1,
        blocks,
        warmup_s: 1.0,
        slice_s: 0.25,
        slice_lead_s: 0.05,
        gates: Gates::default(),
        measure_s: 4.0,
        stall_probe_s: 10.0,
        placement: Placement::Free,
        variants: [THREADS, CONTROL, TASKS, NODE].map(str::to_owned).into(),
        threads: THREADS.to_owned(),
        tasks: TASKS.to_owned(),
        twin: CONTROL.to_owned(),
        margins: Margins { throughput: 0.05, cpu: 0.05, latency: 0.10 },
        repeats: 2,
        workload,
        primary,
        claims: Vec::new(),
        experiment: Vec::new(),
    }
}

/// Nothing differs: 20,000 replies a second, 25 µs of processor time each.
pub(crate) fn alike(_: &Workload, _: &str) -> Like {
    Like { throughput_per_s: 20_000.0, cpu_us: 25.0, p50_us: 400.0, failed: 0, is_box_bound: false, idle_kib: 20.0 }
}

impl Comparison {
    /// Runs of a plan, each value moved by up to `noise` of itself.
    pub(crate) fn of(plan: Plan, noise: f64, truth: Truth<'_>) -> Self {
        let (mut runs, mut server_runs) = (Vec::new(), Vec::new());
        let mut started_unix_s = 1_790_000_010.0;
        for block in 1..=plan.blocks {
            for workload in &plan.workload {
                for variant in plan.variants.iter().filter(|name| runs_here(workload, name)) {
                    let like = noisy(truth(workload, variant), &format!("{block} {variant} {}", workload.name), noise);
                    runs.push(run(block, variant, workload, started_unix_s, &like));
                    started_unix_s += 6.0;
                }
            }
            server_runs.extend(plan.variants.iter().map(|variant| server_run(block, variant)));
        }
        Self { manifest: manifest(plan), runs, server_runs }
    }

    pub(crate) fn analyse(&self) -> Analysis {
        analyse(&self.manifest, &self.runs, &self.server_runs)
    }

    /// The runs of a variant in a workload.
    pub(crate) fn runs_of(&mut self, workload: &str, variant: &str) -> impl Iterator<Item = &mut Run> {
        self.runs.iter_mut().filter(move |run| run.workload == workload && run.variant == variant)
    }
}

/// The row of a metric for two variants.
pub(crate) fn row<'a>(analysis: &'a Analysis, id: &str) -> &'a Row {
    let ids: Vec<_> = analysis.rows.iter().map(|row| &row.id).collect();
    analysis.rows.iter().find(|row| row.id == id).unwrap_or_else(|| panic!("no {id} in {ids:#?}"))
}

fn runs_here(workload: &Workload, variant: &String) -> bool {
    workload.variants.is_empty() || workload.variants.contains(variant)
}

fn noisy(like: Like, stream: &str, noise: f64) -> Like {
    let mut stream = Noise::of(stream);
    let mut moved = |value: f64| value * (1.0 + noise * stream.even());
    Like {
        throughput_per_s: moved(like.throughput_per_s),
        cpu_us: moved(like.cpu_us),
        p50_us: moved(like.p50_us),
        idle_kib: moved(like.idle_kib),
        ..like
    }
}

fn server_run(block: u32, variant: &str) -> ServerRun {
    let switches = Switches { voluntary: 90_000 + 1_000 * u64::from(block), involuntary: 10_000 };
    ServerRun {
        line: block,
        format: "herd-life/1".to_owned(),
        block,
        variant: variant.to_owned(),
        command: vec!["herd".to_owned()],
        replies: 100_000,
        switches: (variant != NODE).then_some(switches),
        cpu_s: 2.0,
        end: "drained".to_owned(),
    }
}

fn manifest(plan: Plan) -> Manifest {
    let participant = |name: &String| Participant {
        name: name.clone(),
        file: format!("{name}.variant.toml"),
        language: "Rust".to_owned(),
        model: "made up".to_owned(),
        version: Some("1".to_owned()),
        hashes: Vec::new(),
        explains: BTreeMap::new(),
        participation: Participation::Takes,
    };
    Manifest {
        format: "herd-comparison/3".to_owned(),
        report_version: "0.1.0".to_owned(),
        started_unix_s: 1_790_000_000.0,
        commit: Some("0123456".to_owned()),
        command: ["report", "compare", "--plan", "made-up", "--out", "a b"].map(str::to_owned).into(),
        participants: plan.variants.iter().map(participant).collect(),
        plan,
        machine: Machine {
            processor: "made up".to_owned(),
            hypervisor: None,
            processors: 2,
            memory_kib: 8_000_000,
            kernel: "6.1".to_owned(),
            system: "made up".to_owned(),
            limits: Vec::new(),
            load_average: 0.1,
            stalls: Some(Stalls {
                processors: 2,
                probe_ms: 10_000.0,
                stalls: 12,
                share: 0.004,
                longest_us: 11_800.0,
                lengths_us: Vec::new(),
            }),
        },
        wakeups: None,
        warnings: vec!["made up".to_owned()],
    }
}
