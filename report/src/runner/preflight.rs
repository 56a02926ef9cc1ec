use std::{fmt::Write, fs, thread, time::Duration};

use loadgen::run::ProcessorTicks;

use super::{
    host::{descriptors, limit, load_average, processors},
    progress::in_words,
};
use crate::plan::{KEPT_BACK, Pace, Plan, Role, Workload};

/// Processes and threads of the rest of the system.
const OTHER_THREADS: u64 = 2_000;
/// Mappings of a thread: its stack and the guard below it.
const MAPPINGS: u64 = 2;
/// Share of the processors that should be idle before the first block.
const IDLE: f64 = 0.9;
/// For how long the processors are watched.
const WATCHED: Duration = Duration::from_secs(1);

/// What will limit the comparison here.
#[derive(Debug, Default)]
pub(super) struct Preflight {
    /// In words, for people.
    pub(super) warnings: Vec<String>,
    /// Workloads that cannot be run here, by name, with the limit.
    left_out: Vec<(String, String)>,
}

impl Preflight {
    /// Looks at the machine and at what the plan will need.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut preflight = Self::default();
        for workload in &plan.workload {
            if let Some(limit) = lack(plan, workload) {
                preflight.warnings.push(format!("{} is left out: {limit}", workload.name));
                preflight.left_out.push((workload.name.clone(), limit));
            }
        }
        preflight.warnings.extend(busy());
        preflight.warnings.extend(on_battery());
        preflight.warnings.extend(too_few_blocks(plan));
        preflight
    }

    /// The limit that a workload would run into here; `None` for one that can be run.
    pub(super) fn limit_of(&self, workload: &Workload) -> Option<&str> {
        self.left_out.iter().find(|(name, _)| *name == workload.name).map(|(_, limit)| limit.as_str())
    }
}

/// Connections at one server at most.
pub(super) fn connections(workload: &Workload) -> u32 {
    workload.steps.iter().copied().max().unwrap_or(0).max(workload.connections + workload.idle)
}

/// Searches that a workload can have at once.
pub(super) fn searches(workload: &Workload) -> u32 {
    if workload.whatsat == 0 { 0 } else { workload.connections.max(workload.steps.last().copied().unwrap_or(0)) }
}

/// The limit that a workload would run into.
fn lack(plan: &Plan, workload: &Workload) -> Option<String> {
    let here = u64::from(connections(workload));
    // The load generator holds the connections of all that are raced at once.
    let at_once = if workload.role.is_raced() { plan.runners(workload).len() as u64 } else { 1 };
    let connections = here * at_once;
    let searches = plan.workload.iter().map(searches).max().unwrap_or(0);
    let wanted = connections.max(here + u64::from(searches)) + KEPT_BACK;
    let least = |name: &str, there: Option<u64>, needed: u64, raise: &str| {
        let there = there.filter(|there| *there < needed)?;
        Some(format!("limit: {name}: {connections} connections need {needed} and {there} are allowed; {raise}"))
    };
    least("descriptors", descriptors(), wanted, "raise the hard limit (ulimit -Hn), or name fewer variants")
        .or_else(|| least("ports", ports(), here, "widen net.ipv4.ip_local_port_range"))
        .or_else(|| {
            let limit = limit("/proc/sys/kernel/pid_max");
            least("threads", limit, connections + OTHER_THREADS, "raise kernel.pid_max")
        })
        .or_else(|| {
            let limit = limit("/proc/sys/kernel/threads-max");
            least("threads", limit, connections + OTHER_THREADS, "raise kernel.threads-max")
        })
        .or_else(|| {
            let limit = limit("/proc/sys/vm/max_map_count");
            least("mappings", limit, MAPPINGS * here + KEPT_BACK, "raise vm.max_map_count")
        })
}

/// Ports that connections to one address can have at their own end.
fn ports() -> Option<u64> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ends = text.split_ascii_whitespace().flat_map(str::parse::<u64>);
    Some(ends.next_back()?.saturating_sub(ends.next()?) + 1)
}

fn busy() -> Option<String> {
    let idle = idle_share()?;
    (idle < IDLE).then(|| {
        let used = (1.0 - idle) * f64::from(processors());
        format!(
            "other processes use {used:.1} of {} processors (load average {:.1}): figures will be noisy; end them first",
            processors(),
            load_average()
        )
    })
}

/// What of all processors' time was idle while they were watched.
fn idle_share() -> Option<f64> {
    let begun = ProcessorTicks::now()?;
    thread::sleep(WATCHED);
    ProcessorTicks::now()?.idle_share_since(&begun)
}

fn on_battery() -> Option<String> {
    let supplies = fs::read_dir("/sys/class/power_supply").ok()?;
    let discharging =
        |path: std::path::PathBuf| fs::read_to_string(path).is_ok_and(|text| text.trim() == "Discharging");
    let is_on_battery = supplies.flatten().any(|supply| discharging(supply.path().join("status")));
    is_on_battery.then(|| "it runs on battery: processors will be slowed down; connect it".to_owned())
}

/// Whether so many blocks can show anything at the level of the rows that decide (METHOD 2.3).
fn too_few_blocks(plan: &Plan) -> Option<String> {
    if plan.primary.is_empty() {
        return None;
    }
    let level = 0.05 / plan.primary.len() as f64;
    // The smallest p of the exact signed-rank test, when all blocks agree.
    let smallest = 2.0_f64.powi(1 - i32::try_from(plan.blocks).unwrap_or(i32::MAX));
    (smallest > level).then(|| {
        format!(
            "{} blocks are too few for a verdict on {} rows: they are screening only ({} a block)",
            plan.blocks,
            plan.primary.len(),
            in_words(plan.block_time(1))
        )
    })
}

/// What a plan will do and how long each part will take, for people.
#[must_use]
pub fn dry_run(plan: &Plan) -> String {
    let mut text = format!("{}: {}\n\n", plan.name, plan.about);
    let mut line = |words: String| {
        // A string takes all that is written.
        let _infallible = writeln!(text, "{words}");
    };
    line(format!("variants: {}", plan.variants.join(", ")));
    line(format!("once: builds, conformance checks, probes of {} s for stalls", plan.stall_probe_s));
    line(format!("{} blocks of {}, each:", plan.blocks, block_times(plan)));
    let warm_up = in_words(plan.warm_up_time());
    line(format!("    all variants started afresh, each warmed under load: {warm_up} each"));
    for workload in &plan.workload {
        let time = in_words(plan.workload_time(workload));
        let runners = plan.runners(workload).len();
        let first = workload.blocks.map_or_else(String::new, |blocks| format!(", in the first {blocks} blocks"));
        line(format!(
            "    {:<16} {runners:>2} variants{}, {time}: {}{first}",
            workload.name,
            if workload.role.is_raced() { " in slices" } else { "" },
            load(plan, workload)
        ));
    }
    for row in &plan.primary {
        line(format!("decides: {} of {} against {} in {}", row.metric.title(), row.a, row.b, row.workload));
    }
    for warning in Preflight::of(plan).warnings {
        line(format!("warning: {warning}"));
    }
    line(format!("in all about {}, once everything is built", in_words(plan.time())));
    text
}

/// How long blocks take: the first one, and the last one where it is shorter.
fn block_times(plan: &Plan) -> String {
    let [first, last] = [1, plan.blocks].map(|block| in_words(plan.block_time(block)));
    if first == last { first } else { format!("{first} down to {last}") }
}

fn load(plan: &Plan, workload: &Workload) -> String {
    let Workload { connections, idle, depth, iamat, whatsat, .. } = workload;
    let mix = format!("IAMAT {iamat} to WHATSAT {whatsat}");
    if workload.role == Role::Memory {
        let steps: Vec<String> = workload.steps.iter().map(ToString::to_string).collect();
        return format!("memory at {} connections, idle and with load", steps.join(", "));
    }
    let pace = match workload.pace {
        Pace::Closed => "closed loop".to_owned(),
        Pace::RatePerS(rate_per_s) => match &workload.objective {
            Some(objective) => format!("the highest rate that keeps {objective}, searched from about {rate_per_s}/s"),
            None => format!("open loop of {rate_per_s}/s"),
        },
    };
    let others = [
        (*idle > 0).then(|| format!("{idle} idle")),
        (*depth > 1).then(|| format!("depth {depth}")),
        workload.requests_per_connection.map(|requests| format!("{requests} a connection")),
        workload.places_delay_ms.map(|delay_ms| format!("places service takes {delay_ms} ms")),
        Some(format!("{} s measured", plan.measured_s(workload))),
    ];
    let others: Vec<String> = others.into_iter().flatten().collect();
    format!("{connections} connections, {pace}, {mix}, {}", others.join(", "))
}
